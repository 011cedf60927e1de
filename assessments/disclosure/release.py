"""The release document of a closed wave: cohorts, observations, rules and the audit's summary.

`build_release` turns eligible submissions into it. `cohorts`, `cells` and `observations` have the
steps between; what a reader may derive from a release is in `peers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from assessments.core.result import EditionRef
from assessments.disclosure import thresholds
from assessments.disclosure.cells import Cell, fingerprint, publishable_cells
from assessments.disclosure.codes import (
    FAMILIES,
    MEASURES,
    MEASURES_ACROSS_TYPES,
    MINIMUM_STANDARDS,
    REGION_GROUPS,
    VIEWS,
)
from assessments.disclosure.cohorts import Cohort, rows_of
from assessments.disclosure.document import AuditSummary, CohortEntry, ReleaseDocument
from assessments.disclosure.observations import completed, observations_of
from assessments.disclosure.quantiles import ENGINE
from assessments.disclosure.submissions import Submission, Submissions

LICENCE = "CC-BY-4.0"
DAYS_FROM_CLOSE = 30  # between the close of a wave and its release

SERIES = {  # with the form of their ids, revisions from the second one on included
    "market": re.compile(r"\d{4}-W\d+(-r\d+)?"),
    "demo": re.compile(r"demo-\d{4}-W\d+(-r\d+)?"),
}

RULES = (
    ("R1", "Each submission enters exactly one release: that of the wave it was made in."),
    ("R2", "One release per wave, at least 30 days after its close. Its bytes never change."),
    ("R3", "Counted are verified legal entities that consented and answered every item shown."),
    (
        "R4",
        "A figure is published for at least 10 organisations with at least 8 ultimate owners, "
        "none of which holds more than a quarter; without the largest owner's or adviser's "
        "organisations at least 8 remain.",
    ),
    (
        "R5",
        "Cohorts are fixed by membership, never by scores. Groups that are too small are pooled. "
        "Across types only the index and the dimensions are published, because the items differ, "
        "and an organisation with several roles counts once, by its main role.",
    ),
    (
        "R6",
        "No combination of the published tables, added and subtracted in any way, is about fewer "
        "than 10 organisations. What would allow one is pooled or withheld.",
    ),
    (
        "R7",
        "10 to 19 organisations: quartiles to 10 points. From 20: quartiles to 5 points and, per "
        "level, counts to the nearest 5, which need not add up. From 1,000: also deciles to 2 "
        "points. The number of organisations is a band, from 100 on the nearest 5. Shares come "
        "from the rounded counts.",
    ),
    (
        "R8",
        "Never published: smallest or largest values, means, standard deviations, exact numbers "
        "below 100, ranks, names, correlations, free text.",
    ),
    ("R12", "One organisation, one unit: nothing is weighted."),
)

RULES_OF_THE_AUDIT = (
    (
        "R10",
        "Before publication the figures were attacked: every organisation keeps at least 3 "
        "possible levels spanning 2, even for two participants who pool what they know. Figures "
        "that fell short were coarsened or withheld.",
    ),
    (
        "R13",
        "The same attack was run on this wave and the one before together, by someone who knows "
        "which answers did not change.",
    ),
)


class TooFewOrganisations(ValueError):
    """A wave has too few eligible organisations for a release (R2)."""


class ReleaseRefused(ValueError):
    """The description of a release breaks a rule."""


def build_release(
    submissions: Submissions | Iterable[Submission],
    *,
    release_id: str,
    series: str,
    wave: str,
    instrument: EditionRef,
    scoring: str,
    closed_date: date,
    published_date: date,
    revision: str = "r1",
    audit: Mapping[str, Any] | None = None,
) -> ReleaseDocument:
    """Return the release document of a closed wave: the same for the same input in any order.

    `audit` is the report of `release_audit.audit_release` on the same submissions, whose outcome
    is applied before the document is written; without one it names neither R10 nor R13.

    Raises TooFewOrganisations below ten organisations (R2), and ReleaseRefused for an id that is
    not of its series, a market release within 30 days of the close, or an audit of other figures.
    """
    columns = (
        submissions if isinstance(submissions, Submissions) else Submissions.from_rows(submissions)
    )
    _refuse(columns, release_id, series, closed_date, published_date)
    cohorts, cells = publishable_cells(columns)
    if audit is not None:
        cells = _coarsened(cells, audit)
    observations = observations_of(cells, release_id=release_id)
    document: ReleaseDocument = {
        "id": release_id,
        "series": series,
        "synthetic": series == "demo",
        "wave": wave,
        "revision": revision,
        "closed_date": closed_date.isoformat(),
        "published_date": published_date.isoformat(),
        "instrument": {
            "code": instrument["code"],
            "version": instrument["version"],
            "sha256": instrument["sha256"],
        },
        "scoring": scoring,
        "engine": ENGINE,
        "licence": LICENCE,
        "views": list(VIEWS),
        "measures": [*MEASURES, MINIMUM_STANDARDS],
        "measures_across_types": list(MEASURES_ACROSS_TYPES),
        "families": {family: list(types) for family, types in FAMILIES.items()},
        "region_groups": {group: list(regions) for group, regions in REGION_GROUPS.items()},
        "rules": [
            {"rule": rule, "text": text}
            for rule, text in sorted(_rules_followed(audit), key=lambda pair: int(pair[0][1:]))
        ],
        "audit": _audit_summary(audit),
        "cohorts": [_entry(cohort) for cohort in cohorts],
        "observations": list(completed(cohorts, observations)),
    }
    thresholds.check_fields(document)
    return document


def _coarsened(cells: Sequence[Cell], audit: Mapping[str, Any]) -> list[Cell]:
    """Return the cells as an audit leaves them: coarsened, without those withheld."""
    if audit["figures"] != fingerprint(cells):
        raise ReleaseRefused("The audit is of other figures. Run it on these submissions.")
    levels = {
        (entry["cohort"], entry["measure"], entry["view"]): thresholds.COARSENING_LEVELS.index(
            entry["rung"]
        )
        for entry in audit["coarsened"]
    }
    coarsened = (replace(cell, coarsening=levels.get(cell.key, 0)) for cell in cells)
    return [cell for cell in coarsened if cell.coarsening != thresholds.WITHHELD]


def _rules_followed(audit: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    run = audit["rules"] if audit is not None else ()
    return [*RULES, *((rule, text) for rule, text in RULES_OF_THE_AUDIT if rule in run)]


def _audit_summary(audit: Mapping[str, Any] | None) -> AuditSummary | None:
    """Return what a release says of its audit: what was run, and what came of it."""
    if audit is None:
        return None
    withheld = [entry for entry in audit["coarsened"] if entry["rung"] == "withheld"]
    return {
        "rules": audit["rules"],
        "insiders": audit["insiders"],
        "figures_checked": audit["checked"],
        "figures_coarsened": len(audit["coarsened"]) - len(withheld),
        "figures_withheld": len(withheld),
        # What says no more than that nothing has changed since the wave before (R13).
        "no_material_change": [
            {"cohort": entry["cohort"], "measure": entry["measure"], "view": entry["view"]}
            for entry in withheld
            if entry["rule"] == "R13"
        ],
    }


def _refuse(
    submissions: Submissions, release_id: str, series: str, closed: date, published: date
) -> None:
    if series not in SERIES:
        raise ReleaseRefused(f"{series!r} is no series. Choose one of {', '.join(SERIES)}.")
    if not SERIES[series].fullmatch(release_id):
        raise ReleaseRefused(f"{release_id!r} is not an id of the {series} series.")
    if series == "market" and published < closed + timedelta(days=DAYS_FROM_CLOSE):
        raise ReleaseRefused(
            f"{release_id} would appear on {published}, less than {DAYS_FROM_CLOSE} days after "
            f"the wave closed on {closed}."
        )
    if submissions.organisations < thresholds.MIN_ORGANISATIONS:
        raise TooFewOrganisations(
            f"{submissions.organisations} eligible organisations; "
            f"{thresholds.MIN_ORGANISATIONS} are needed. Move them into the next wave."
        )


def _entry(cohort: Cohort) -> CohortEntry:
    published = cohort.rows is not None
    band, n = thresholds.shown_n(rows_of(cohort).size) if published else (None, None)
    return {
        "id": cohort.id,
        "kind": cohort.kind,
        "parent": cohort.parent,
        "parts": dict(cohort.parts),
        "covers": list(cohort.covers),
        "mixed_types": cohort.mixed_types,
        "status": "published" if published else "withheld",
        "n_band": band,
        "n": n,
    }
