"""Measures the goals of the benchmark's disclosure control and keeps the table in docs/."""

from __future__ import annotations

import platform
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.timezone import now

from assessments.domain import gate, goals
from assessments.domain.benchmark import (
    Submissions,
    build_release,
    candidate_cohorts,
    canonical_json,
    distanced,
)

Row = tuple[str, str, str, str]  # number, figure, goal, measured

HEADING = """\
# Disclosure control: goals and figures

Measured on synthetic markets by `manage.py disclosure_goals`, on {day}, {machine}, Python {python};
populations of {populations} organisations, seeds {seeds}. The attack and its rules are described
in `assessments/domain/gate.py` and `attack.py`. Levels count as possible only where a whole data
set proves it; what the search leaves undecided counts for the attacker.

| | Figure | Goal | Measured |
|---|---|---|---|
"""

# Goals that are measured elsewhere, so that nobody looks for them in vain.
ELSEWHERE: tuple[Row, ...] = (
    ("G6", "Newcomer pinned between two reads of anything public", "0 %", "test_attacks.py (T3)"),
    ("G6b", "Newcomer pinned from two waves", "0 % after R13", "test_gate.py (T2b)"),
    ("G13", "Peak extra memory of a release", "<= 100 MB", "tests/benchmarks"),
    ("G15", "API p95, 200 / 304", "<= 5 / <= 2 ms", "tests/benchmarks"),
    ("G18", "Old release ids that resolve after 24 months", "100 %", "not measurable yet"),
)


class Command(BaseCommand):
    help = "Measure the goals of the benchmark's disclosure control; print and store the table"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--populations", type=int, nargs="+", default=list(goals.POPULATIONS))
        parser.add_argument("--seeds", type=int, nargs="+", default=[1])
        parser.add_argument("--measures", nargs="+", default=["EG1"], help="capabilities to attack")
        parser.add_argument(
            "--output", type=Path, default=settings.BASE_DIR / "docs" / "disclosure-goals.md"
        )

    def handle(
        self,
        *,
        populations: list[int],
        seeds: list[int],
        measures: list[str],
        output: Path,
        **options: Any,
    ) -> str:
        rows = [*ELSEWHERE]
        for number in populations:
            for seed in seeds:
                for row in _measured(number, seed, measures):
                    self.stdout.write(" | ".join(row))
                    rows.append(row)
        rows.sort(key=lambda row: (int("".join(filter(str.isdigit, row[0]))), row[0]))
        heading = HEADING.format(
            day=now().date().isoformat(),
            machine=f"{platform.machine()} {platform.system()}",
            python=platform.python_version(),
            populations=", ".join(map(str, populations)),
            seeds=", ".join(map(str, seeds)),
        )
        output.write_text(heading + "".join(f"| {' | '.join(row)} |\n" for row in rows))
        return f"{len(rows)} figures are in {output}."


def _measured(number: int, seed: int, measures: list[str]) -> Iterator[Row]:
    """Yield the figures of one market."""
    market = goals.population(number, seed)
    which = f"{number} organisations, seed {seed}"
    columns = Submissions.from_rows(market)
    start = time.process_time()
    cohorts = distanced(columns)
    yield (
        "G14",
        f"Distance test, {which}",
        "<= 10 s at 5,000",
        f"{time.process_time() - start:.1f} s of processor time",
    )
    distance = goals.distance_of(market)
    yield "G5", f"Differencing distance, {which}", ">= 10", f"{distance:.1f}"
    kept = sum(cohort.rows is not None for cohort in cohorts)
    candidates = sum(cohort.rows is not None for cohort in candidate_cohorts(columns))
    yield "G10", f"Cohorts published, {which}", "-", f"{kept} of {candidates} candidates"
    live = goals.live_query(market, measures[0]) if number < 100 else None
    systems = [system for system in gate.systems_of(market) if system.cells[0].measure in measures]
    if systems:
        settled = goals.gated(systems)
        for insiders, found in goals.exposure(systems, thorough=True).items():
            against = f" (live query: {live.pinned:.0%})" if live and not insiders else ""
            what = f"{which}, insiders: {insiders}"
            yield "G2", f"Scores pinned, {what}", "0 %", f"{found.pinned:.1%}{against}"
            yield "G3", f"Narrowed to two levels or one, {what}", "0 %", f"{found.narrowed:.1%}"
            yield "G4", f"Mean possible levels of 5, {what}", ">= 4.0", f"{found.mean:.2f}"
        yield "G3", f"Figures the gate coarsened, {which}", "< 1 %", settled
        yield (
            "G7",
            f"Gain of a best guess, {which}",
            "<= +6 points",
            f"{goals.guess_gain(market, measures[0]):+.1f} points",
        )
    else:
        yield "G2", f"Scores pinned, {which}", "0 %", "0 %: no capability is published"
    start = time.process_time()
    body = canonical_json(_release(market))
    yield "G12", f"Release, {which}", "-", f"{time.process_time() - start:.1f} s"
    same = canonical_json(_release(list(reversed(market)))) == body
    yield "G17", f"Same input, same bytes, {which}", "yes", "yes" if same else "no"


def _release(market: list[Any]) -> dict[str, Any]:
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
