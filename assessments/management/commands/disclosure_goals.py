"""Measures the goals of the benchmark's disclosure control and keeps the table in docs/."""

from __future__ import annotations

import gzip
import platform
import sys
import time
import tracemalloc
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from textwrap import fill
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.timezone import now

from assessments.core.documents import canonical_json
from assessments.disclosure import release_audit
from assessments.disclosure.codes import CAPABILITIES
from assessments.disclosure.cohorts import candidate_cohorts, protected_cohorts
from assessments.disclosure.document import ReleaseDocument
from assessments.disclosure.release import build_release
from assessments.disclosure.submissions import Submission, Submissions
from assessments.evaluation import goals

Row = tuple[str, str, str, str]  # number, figure, goal, measured

MANY = 100  # from this many organisations on the audit is run on the chosen capabilities alone
LONG = 1000  # from this many on, one seed, and a search for enough levels, not for all

HEADING = (
    """
    Measured on synthetic markets by `manage.py disclosure_goals`, on {day}, {machine}, Python
    {python}. Populations: {populations}; a figure for each seed, in this order. Reconstruction and
    its rules are described in `assessments/disclosure/release_audit.py` and `reconstruction.py`.
    Levels count as possible only where a whole data set proves it; what the search leaves undecided
    counts for the attacker. Seconds are processor time of one run.
    """,
    """
    G2 to G4 are after the audit, reconstructing capability {measures} in both views. G3's share of
    coarsened figures is over all capabilities' figures below {many} organisations, and over those
    audited from there on. From {long:,} organisations on the search ends at three possible
    levels, so that G4 is a lower bound there. G7 is the mean over all capabilities and
    organisations. G10's goals are from a study with twelve regions and a split by region and
    market; this portal has eight regions and no such split. In G11 residual groups ("other") are
    nobody's peers; in a market of 45 few types are large enough to stand alone.
    """,
)
TABLE = "| | Figure | Goal | Measured |\n|---|---|---|---|\n"

NONE = "no capability published"
COHORTS = {45: 6, 200: 37, 1000: 98}  # G10
TRUTH = 5000  # organisations of the market whose quartiles are taken for the truth (G9)

# Goals that are measured or asserted elsewhere, so that nobody looks for them in vain.
ELSEWHERE: tuple[Row, ...] = (
    (
        "G1",
        "Attack classes A1 to A12 that are tried and survived",
        "12 of 12",
        "12: see `tests/assessments/disclosure`, and beside it `stewardship/test_views.py` (A11) "
        "and `benchmarks/test_workflow.py` (A12)",
    ),
    (
        "G6",
        "Newcomer pinned between two reads of anything public",
        "0 %",
        "none: see T3 in `tests/promises/test_releases_stand.py`",
    ),
    (
        "G6b",
        "Newcomer pinned from two waves",
        "0 % after R13",
        "none: see T2b in `tests/assessments/disclosure/test_release_audit.py`",
    ),
    (
        "G15",
        "API p95 on the server, 200 / 304",
        "<= 5 / <= 2 ms",
        "see `tests/benchmarks/test_api_speed.py`",
    ),
    (
        "G18",
        "Old release ids that resolve after 24 months",
        "100 %",
        "not measurable before a release is that old",
    ),
)


class Command(BaseCommand):
    help = "Measure the goals of the benchmark's disclosure control; print and store the table"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--populations", type=int, nargs="+", default=list(goals.POPULATIONS))
        parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
        parser.add_argument(
            "--measures", nargs="+", default=["EG1"], help="capabilities to reconstruct"
        )
        parser.add_argument(
            "--large", type=int, nargs="*", default=[100_000, 1_000_000], help="submissions timed"
        )
        parser.add_argument(
            "--output", type=Path, default=settings.BASE_DIR / "docs" / "disclosure-goals.md"
        )

    def handle(
        self,
        *,
        populations: list[int],
        seeds: list[int],
        measures: list[str],
        large: list[int],
        output: Path,
        **options: Any,
    ) -> str:
        rows = list(ELSEWHERE)
        wanted = [(number, seed) for number in populations for seed in _seeds(number, seeds)]
        wanted.sort(key=lambda market: -market[0])  # the longest first
        markets = []
        with ProcessPoolExecutor() as pool:
            tasks = [pool.submit(_Market, number, seed, measures) for number, seed in wanted]
            for (number, seed), task in zip(wanted, tasks, strict=True):
                markets.append(task.result())
                _say(f"{number} organisations, seed {seed}: done")
        for number in populations:
            rows += _figures(number, [market for market in markets if market.number == number])
        rows += _at_scale(large)
        rows.sort(key=lambda row: (int("".join(filter(str.isdigit, row[0]))), row[0]))
        for row in rows:
            self.stdout.write(" | ".join(row))
        output.write_text(
            _heading(populations, seeds, measures)
            + "".join(f"| {' | '.join(row)} |\n" for row in rows)
        )
        return f"{len(rows)} figures are in {output}."


def _say(text: str) -> None:
    """Show progress, from whichever process."""
    sys.stderr.write(text + "\n")


def _seeds(number: int, seeds: Sequence[int]) -> Sequence[int]:
    return seeds[:1] if number >= LONG else seeds


def _heading(populations: Sequence[int], seeds: Sequence[int], measures: Sequence[str]) -> str:
    of = [
        f"{number:,} organisations (seed {', '.join(map(str, _seeds(number, seeds)))})"
        for number in populations
    ]
    paragraphs = [
        paragraph.format(
            day=now().date().isoformat(),
            machine=f"{platform.machine()} {platform.system()}",
            python=platform.python_version(),
            populations="; ".join(of),
            measures=", ".join(measures),
            many=MANY,
            long=LONG,
        )
        for paragraph in HEADING
    ]
    title = "# Disclosure control: goals and figures"
    return "\n\n".join([title, *(fill(" ".join(text.split()), 100) for text in paragraphs), TABLE])


class _Market:
    """One synthetic market and what was measured on it."""

    def __init__(self, number: int, seed: int, measures: Sequence[str]) -> None:
        self.number = number
        _say(f"{number} organisations, seed {seed}: release")
        market = goals.population(number, seed)
        columns = Submissions.from_rows(market)
        cohorts = protected_cohorts(columns)
        self.kept = sum(cohort.rows is not None for cohort in cohorts)
        self.candidates = sum(cohort.rows is not None for cohort in candidate_cohorts(columns))
        self.distance = goals.distance_of(market)
        document = _release(market)
        self.same = canonical_json(_release(list(reversed(market)))) == canonical_json(document)
        self.rounding = goals.rounding_error(market)
        truth = Submissions.from_rows(goals.population(TRUTH, 1000 + seed))
        self.coverage = goals.coverage(document, truth)
        self.closer = goals.with_closer_peers(market, document)
        self.gain = goals.guess_gain(market)
        self.live = goals.live_query(market, measures[0]) if number < 100 else None
        gated = measures if number >= MANY else CAPABILITIES
        audited, self.coarsened, self.figures = [], 0, 0
        systems = release_audit.systems_of(market)
        for measure in gated:
            _say(f"{number} organisations, seed {seed}: the audit, {measure}")
            some = [system for system in systems if system.cells[0].measure == measure]
            coarsened, figures = goals.gated(some)
            self.coarsened += coarsened
            self.figures += figures
            audited += some if measure in measures else []
        _say(f"{number} organisations, seed {seed}: reconstruction")
        self.exposure = goals.exposure(audited, thorough=number < LONG)


def _figures(number: int, markets: Sequence[_Market]) -> Iterator[Row]:
    """Yield the figures of the markets of one size, a value for each seed."""
    which = f"{number:,} organisations"

    def each(values: Iterator[str]) -> str:
        return ", ".join(values)

    for insiders in release_audit.INSIDERS:
        found = [market.exposure[insiders] for market in markets]
        what = f"{which}, insiders: {insiders}"
        pinned = each(f"{one.pinned:.1%}" if one.levels else NONE for one in found)
        if insiders == 0 and (live := [market.live for market in markets if market.live]):
            control = each(f"{one.pinned:.0%}" for one in live)
            pinned += f" (a live query from five: {control})"
        yield "G2", f"Scores pinned, {what}", "0 %", pinned
        narrowed = each(f"{one.narrowed:.1%}" if one.levels else NONE for one in found)
        yield "G3", f"Narrowed to two levels or one, {what}", "0 %", narrowed
        goal = ">= 4.0" if insiders == 0 else "-"
        mean = each(f"{one.mean:.2f}" if one.levels else NONE for one in found)
        yield "G4", f"Mean possible levels of 5, {what}", goal, mean
    coarsened = each(
        f"{market.coarsened} of {market.figures} ({market.coarsened / market.figures:.1%})"
        if market.figures
        else NONE
        for market in markets
    )
    yield "G3", f"Figures the audit coarsened, {which}", "< 1 %", coarsened
    distance = each(f"{market.distance:.1f}" for market in markets)
    yield "G5", f"Differencing distance, {which}", ">= 10", distance
    gain = each(f"{market.gain:+.1f}" for market in markets)
    yield "G7", f"Gain of a best guess in points, {which}", "<= +6", gain
    for step, limit in ((10, 0.25), (5, 0.125)):
        worst = [market.rounding[step] for market in markets if step in market.rounding]
        if worst:
            what = f"Largest error of a quartile from rounding, in levels, steps of {step}, {which}"
            yield "G8", what, f"<= {limit}", f"{max(worst):.3f}"
    bands = sorted({band for market in markets for band in market.coverage}, key=len)
    for band in sorted(bands, key=lambda band: int(band.split("-")[0].rstrip("+"))):
        held = each(f"{one.coverage[band]:.1%}" if band in one.coverage else "-" for one in markets)
        yield "G9", f"Coverage of the printed interval, n {band}, {which}", "95-100 %", held
    goal = f">= {COHORTS[number]}" if number in COHORTS else "-"
    cohorts = each(f"{market.kept} of {market.candidates} candidates" for market in markets)
    yield "G10", f"Cohorts published, {which}", goal, cohorts
    closer = each(f"{market.closer:.0%}" for market in markets)
    yield "G11", f"Have a closer peer group than all or a residual one, {which}", ">= 95 %", closer
    same = "yes" if all(market.same for market in markets) else "no"
    yield "G17", f"Same input in another order, same bytes, {which}", "yes", same


def _at_scale(large: Sequence[int]) -> Iterator[Row]:
    """Yield what a release costs, from columns."""
    _say("The distance test at 5,000 organisations")
    columns = goals.columns(5000, 1)
    start = time.process_time()
    protected_cohorts(columns)
    seconds = time.process_time() - start
    yield "G14", "Distance test, 5,000 organisations", "<= 10 s", f"{seconds:.1f} s"
    for number in large:
        _say(f"A release of {number:,} submissions")
        columns = goals.columns(number, 1)
        start = time.process_time()
        body = canonical_json(_release(columns))
        seconds = time.process_time() - start
        tracemalloc.start()
        _release(columns)
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
        what = f"{number:,} submissions"
        goal = {100_000: "<= 0.3 s", 1_000_000: "<= 1.5 s"}.get(number, "-")
        yield "G12", f"Release, {what}", goal, f"{seconds:.2f} s"
        yield "G13", f"Peak extra memory, {what}", "<= 100 MB", f"{peak:.0f} MB"
        size = len(gzip.compress(body)) / 1e3
        yield "G16", f"Whole release gzipped, {what}", "<= 250 kB", f"{size:.0f} kB"


def _release(market: Submissions | Sequence[Submission]) -> ReleaseDocument:
    return build_release(
        market,
        release_id="demo-2026-W1",
        series="demo",
        wave="demo-2026-W1",
        instrument={"code": "cmi-maturity", "version": "1.0.0", "sha256": "0" * 64},
        scoring="cmi-score 1.0",
        closed_date=date(2026, 12, 31),
        published_date=date(2027, 1, 31),
    )
