"""How answers become scores, levels and benchmarks: the rules of the current edition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from assessments.benchmarks import codes
from assessments.core.instrument import Instrument
from assessments.disclosure import thresholds
from assessments.disclosure.release import RULES, RULES_OF_THE_GATE
from assessments.questionnaires import queries
from portal.web.pages import public_page


@dataclass(frozen=True, slots=True)
class Method:
    """The edition whose method is shown; None before one is loaded."""

    edition: queries.EditionToRead | None

    @property
    def version(self) -> str:
        return self.edition.sha256 if self.edition else "none"


def _method() -> Method:
    return Method(queries.edition_to_read())


@public_page(_method)
def method(request: HttpRequest, found: Method) -> HttpResponse:
    instrument = found.edition.content if found.edition else None
    context = {
        "edition": found.edition,
        "instrument": instrument,
        "scale": instrument.scale if instrument else None,
        "bands": _bands(instrument) if instrument else [],
        "gates": _gates(instrument) if instrument else [],
        "rules": RULES + RULES_OF_THE_GATE,
        "n_bands": [codes.n_words(band, None) for band in thresholds.N_BANDS],
        "contents": [
            {"anchor": anchor, "title": title}
            for anchor, title in (
                ("levels", _("Levels")),
                ("evidence", _("Evidence and the three views")),
                ("scores", _("From answers to scores")),
                ("gates", _("Minimum standards and the level")),
                ("gaps", _("What is not answered or does not apply")),
                ("sensitivity", _("How firm a result is")),
                ("benchmarks", _("Benchmark rules")),
                ("figures", _("How benchmark figures are made")),
                ("standing", _("With whom you are compared")),
            )
        ],
    }
    return render(request, "benchmarks/method.html", context)


def _bands(instrument: Instrument) -> list[tuple[Any, int, int | None]]:
    """Return each level with the score it begins at and the one it ends before."""
    starts = instrument.scale.bands
    ends = (*starts[1:], None)
    return list(zip(instrument.levels, starts, ends, strict=True))


def _gates(instrument: Instrument) -> list[dict[str, Any]]:
    """Return the gates with the ratings that lead to them and the highest levels they allow."""
    gates, least = [], 0
    for gate in instrument.scale.gates:
        ratings = range(least, gate.up_to + 1)
        gates.append(
            {
                "name": gate.name,
                "ratings": _(" or ").join(str(rating) for rating in ratings),
                "caps": gate.caps,
            }
        )
        least = gate.up_to + 1
    return gates
