"""Comparing with peers: published figures of the cohort that fits, and what they say together."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from assessments.benchmarks.codes import OUTCOMES, change_in_words, cohort_label, n_words
from assessments.core.instrument import Dimension
from assessments.core.result import ResultDocument
from assessments.disclosure import peers as disclosed
from assessments.disclosure.document import Quartiles
from assessments.reports import words
from assessments.reports.profile.inputs import Release
from assessments.reports.profile.units import Peers
from assessments.reports.profile.values import CohortStep, Comparison
from portal.vocabulary.codes import region_code
from portal.web.charts import Slope

VIEW = "declared"  # in which results are compared


class PeerFigures:
    """The figures of one release that a result is compared with, and those of no other view."""

    def __init__(self, result: ResultDocument, release: Release | None, *, region: str) -> None:
        self.release = release
        self.cohort_type, self.region = result["cohort_type"], region_code(region)
        has_index = result["views"]["declared"]["index"] is not None
        self.main_measure = "index" if has_index else result["modules"][0]
        self.resolutions: dict[str, disclosed.Resolution] = {}
        self._observations = {
            (row["cohort"], row["measure"]): row
            for row in (release.document["observations"] if release else ())
            if row["view"] == VIEW
        }

    def resolve(self, measure: str) -> disclosed.Resolution:
        """Return the cohort for one measure: that of the whole wherever it publishes this one.

        So a reader stays in one cohort and leaves it only for a figure it does not have.
        """
        assert self.release is not None
        if measure not in self.resolutions:
            main = self.resolutions.get(self.main_measure)
            if main and main.used and self.published(main.used, measure):
                self.resolutions[measure] = main
            else:
                self.resolutions[measure] = disclosed.resolve(
                    self.release.document,
                    respondent_type=self.cohort_type,
                    region=self.region,
                    measure=measure,
                )
        return self.resolutions[measure]

    def published(self, cohort: str, measure: str) -> Quartiles | None:
        row = self._observations.get((cohort, measure))
        return row if row and row["median"] is not None else None

    def of(self, measure: str, score: float | None) -> Peers | None:
        """Return the published figures of a measure and the place of a score among them."""
        if self.release is None:
            return None
        cohort = self.resolve(measure).used
        row = self.published(cohort, measure) if cohort else None
        if cohort is None or row is None:
            return None
        place, gap = disclosed.place_of(score, row), disclosed.gap(score, row)
        return Peers(
            cohort=cohort,
            n=n_words(row["n_band"], row["n"]),
            q1=row["q1"],
            median=row["median"],
            q3=row["q3"],
            half_width=row["half_width"],
            place="" if place is None else words.place(place),
            near_edge=place is not None and place.near_edge,
            gap=gap.points if gap else None,
            gap_is_uncertain=bool(gap and gap.is_uncertain),
        )

    def at_level(self, capability: str, level: int) -> str:
        """Say how many peers are at a level or above, where counts by level are published."""
        cohort = self.resolve(capability).used if self.release else None
        row = self.published(cohort, capability) if cohort else None
        if row is None or not row["levels"]:
            return ""
        return _("{count} of about {of} peers are at level {level} or more in {capability}").format(
            count=sum(row["levels"][level:]),
            of=sum(row["levels"]),
            level=level,
            capability=capability,
        )


def comparison_of(
    peers: PeerFigures,
    scope: Sequence[Dimension],
    release: Release | None,
    before: Release | None,
) -> Comparison | None:
    """Return what the result is compared with, in words."""
    if release is None:
        return None
    document = release.document
    main = peers.resolve(peers.main_measure)
    cohorts = {cohort["id"]: cohort for cohort in document["cohorts"]}
    others: dict[str, list[str]] = {}
    for measure, resolution in peers.resolutions.items():
        if resolution.used not in (None, main.used):
            others.setdefault(resolution.used or "", []).append(measure)
    return Comparison(
        release=release.code,
        sha256=release.sha256,
        is_demonstration=release.is_demonstration,
        wave=document["wave"],
        closed_date=document["closed_date"],
        published_date=document["published_date"],
        requested=cohort_label(main.asked),
        cohort=main.used or "",
        used=cohort_label(main.used) if main.used else "",
        used_n=n_words(cohorts[main.used]["n_band"], cohorts[main.used]["n"]) if main.used else "",
        reason=words.cohort_choice(main.reason),
        steps=tuple(
            CohortStep(cohort=cohort_label(step.cohort), outcome=str(OUTCOMES[step.outcome]))
            for step in main.steps
        ),
        others=tuple((cohort_label(cohort), tuple(codes)) for cohort, codes in others.items()),
        rules=tuple((rule["rule"], rule["text"]) for rule in document["rules"]),
        levels=_levels(peers, main.used),
        before=before.code if before else "",
        before_wave=before.document["wave"] if before else "",
        changes=_changes(peers, scope, release, before, main.used),
    )


def _levels(peers: PeerFigures, cohort: str | None) -> tuple[int, ...]:
    row = peers.published(cohort, peers.main_measure) if cohort else None
    return tuple(row["levels"] or ()) if row else ()


def _changes(
    peers: PeerFigures,
    scope: Sequence[Dimension],
    release: Release,
    before: Release | None,
    cohort: str | None,
) -> tuple[Slope, ...]:
    """Return how the medians of the cohort changed since the wave before."""
    if before is None or cohort is None:
        return ()
    titles = {"index": _("Overall index")} if peers.main_measure == "index" else {}
    titles |= {dimension.code: dimension.title for dimension in scope}
    changes = disclosed.changes(before.document, release.document, cohort=cohort)
    return tuple(
        Slope(**change_in_words(each, label=titles[each.measure]))
        for each in changes
        if each.measure in titles
    )
