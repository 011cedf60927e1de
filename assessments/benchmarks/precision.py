"""Numbers of organisations from which published figures say more, for whatever names them."""

from __future__ import annotations

from typing import Final, TypedDict

from assessments.disclosure import peers, thresholds


class Thresholds(TypedDict):
    rounded_n: int  # the number itself is given, to the nearest `count_step`
    count_step: int
    quarters: int  # a place is a quarter, not one of three zones
    tenths: int


THRESHOLDS: Final[Thresholds] = {
    "rounded_n": thresholds.MIN_FOR_ROUNDED_N,
    "count_step": thresholds.COUNT_STEP,
    "quarters": min(
        start for band, start in thresholds.N_BANDS.items() if band not in peers.THREE_ZONES
    ),
    "tenths": thresholds.MIN_FOR_DECILES,
}
