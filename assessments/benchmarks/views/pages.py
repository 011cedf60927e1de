"""The current benchmark release and the method, in words and figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from assessments.benchmarks import codes
from assessments.benchmarks import queries as benchmark_queries
from assessments.benchmarks.models import BenchmarkRelease
from assessments.core.instrument import Instrument
from assessments.disclosure import peers
from assessments.disclosure.codes import (
    DIMENSIONS,
    INDEX,
    LEVELS,
    MEASURES_ACROSS_TYPES,
    MINIMUM_STANDARDS,
    VIEWS,
)
from assessments.disclosure.document import CohortEntry, Observation, ReleaseDocument
from portal.vocabulary import names
from portal.web.pages import public_page

WIDEST = "all"


@public_page(benchmark_queries.current_releases_and_notes)
def benchmarks(request: HttpRequest, found: benchmark_queries.Current) -> HttpResponse:
    if found.release is None:
        return render(request, "benchmarks/benchmarks_none.html", {"notes": found.notes})
    page = _Page(found.release, _instrument(found.release), before=found.before)
    context = {**page.context(_Asked.of(request.GET)), "notes": found.notes}
    return render(request, "benchmarks/benchmarks.html", context)


@public_page(benchmark_queries.current_releases_and_notes)
def release_method(request: HttpRequest, found: benchmark_queries.Current) -> HttpResponse:
    """How the current release was made: its rules, what it counts and what it withholds."""
    if found.release is None:
        return render(request, "benchmarks/benchmarks_none.html", {"notes": found.notes})
    document = benchmark_queries.release_document(found.release)
    return render(
        request,
        "benchmarks/release_method.html",
        {
            "release": found.release,
            "document": document,
            "notes": found.notes,
            "cohorts": _made_of_cohorts(document),
            "figures": _made_of_figures(document),
            "rules": [(rule["rule"], rule["text"]) for rule in document["rules"]],
            "checks_not_run": benchmark_queries.checks_not_run(document),
        },
    )


def _made_of_cohorts(document: ReleaseDocument) -> list[tuple[str, int, int]]:
    """Return for each kind of cohort its name, how many are published and how many are listed."""
    rows = []
    for kind, (name, _words) in codes.KINDS.items():
        listed = [cohort for cohort in document["cohorts"] if cohort["kind"] == kind]
        shown = sum(cohort["status"] == "published" for cohort in listed)
        rows.append((str(name), shown, len(listed)))
    return rows


def _made_of_figures(document: ReleaseDocument) -> list[tuple[str, int, int]]:
    """Return for each kind of measure how many figure sets are published and how many listed."""
    kinds = (
        (_("Overall index"), {INDEX}),
        (_("Dimensions"), set(DIMENSIONS)),
        (_("Capabilities"), set(peers.capabilities_in(document))),
        (_("Minimum standards"), {MINIMUM_STANDARDS}),
    )
    rows = []
    for name, measures in kinds:
        listed = [row for row in document["observations"] if row["measure"] in measures]
        shown = sum(row["conf_status"] == "F" for row in listed)
        rows.append((name, shown, len(listed)))
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a reader asks for: a group by its id, or their own kind of organisation.

    Codes that do not exist are kept apart, so that the page can say so.
    """

    cohort: str
    type: str
    place: str  # "region:south-asia" or "market:voluntary"
    view: str

    @classmethod
    def of(cls, query: QueryDict) -> _Asked:
        place = query.get("place", "")
        kind, _colon, code = place.partition(":")
        known = {"region": names.REGIONS, "market": names.MARKET_COHORTS}.get(kind, {})
        respondent_type = query.get("type", "")
        return cls(
            cohort=query.get("cohort", ""),
            type=respondent_type if respondent_type in names.COHORT_TYPES else "",
            place=place if code in known else "",
            view=query.get("view", ""),
        )

    def resolved(self, document: ReleaseDocument) -> peers.Resolution:
        kind, _colon, code = self.place.partition(":")
        return peers.resolve(
            document,
            respondent_type=self.type or None,
            region=code if kind == "region" else None,
            market=code if kind == "market" else None,
            measure=INDEX,
        )


def _instrument(release: BenchmarkRelease) -> Instrument:
    return release.edition.content


class _Page:
    """Puts one cohort of a release into words and rows; looks numbers up and computes none."""

    def __init__(
        self,
        release: BenchmarkRelease,
        instrument: Instrument,
        *,
        before: BenchmarkRelease | None,
    ) -> None:
        self.release, self.before = release, before
        self.document = benchmark_queries.release_document(release)
        self.cohorts = {
            cohort["id"]: cohort
            for cohort in self.document["cohorts"]
            if cohort["status"] == "published"
        }
        # Several groups are shown at once, so the observations are gone through once for all.
        self.rows: dict[tuple[str, str], dict[str, Observation]] = defaultdict(dict)
        for row in self.document["observations"]:
            self.rows[row["cohort"], row["view"]][row["measure"]] = row
        self.names = {
            INDEX: str(_("Overall index")),
            **{each.code: each.title for each in instrument.dimensions},
            **{
                capability.code: capability.title
                for each in instrument.dimensions
                for capability in each.capabilities
            },
        }
        self.levels = [level.name for level in instrument.levels]
        self.scale = instrument.scale

    def context(self, asked: _Asked) -> dict[str, Any]:
        if WIDEST not in self.cohorts:  # too few owners stand behind even the widest group
            return self._about()
        resolution = None if asked.cohort else asked.resolved(self.document)
        wanted = asked.cohort or (resolution.used if resolution else None) or WIDEST
        cohort = self.cohorts.get(wanted, self.cohorts[WIDEST])
        view = asked.view if asked.view in self._views() else VIEWS[0]
        rows = self.rows[cohort["id"], view]
        index, share = rows[INDEX], rows.get(MINIMUM_STANDARDS)
        return {
            **self._about(),
            "source": self._source(),
            "asked": asked,
            "types": [
                (code, name, code == asked.type) for code, name in names.COHORT_TYPES.items()
            ],
            "places": self._places(asked.place),
            "choices": list(self._choices(cohort["id"])),
            "views": [(code, name, code == view) for code, name in self._views().items()],
            "unknown": asked.cohort if asked.cohort not in (cohort["id"], "") else "",
            "fallback": self._fallback(resolution),
            "cohort": cohort,
            "label": codes.cohort_label(cohort["id"]),
            "n": codes.n_words(cohort["n_band"], cohort["n"]),
            "covers": self._covers(cohort),
            "index": index if index["median"] is not None else None,
            "index_level": self._level(index["median"]),
            "dimensions": [self._band(rows[code]) for code in MEASURES_ACROSS_TYPES],
            "capabilities": [
                self._band(rows[code])
                for code in peers.capabilities_in(self.document)
                if code in rows
            ],
            "levels": index["levels"],
            "levels_note": _("In the declared view an overall level stops at 3: 4 needs evidence.")
            if view == VIEWS[0]
            else "",
            "share": share if share and share["share"] is not None else None,
            **self._since(cohort["id"], view),
            "groups": self._groups(cohort, view),
            "group_columns": [
                str(_("Index")) if code == INDEX else code for code in MEASURES_ACROSS_TYPES
            ],
            "table": [(self.names[code], row) for code, row in rows.items() if code in self.names],
            "level_numbers": range(LEVELS),
            "downloads": self._downloads(cohort["id"]),
        }

    def _level(self, score: int | None) -> str:
        """Return the level in whose band a score lies, in words."""
        if score is None:
            return ""
        level = self.scale.band(score)
        return f"{level} {self.levels[level]}"

    def _places(self, chosen: str) -> list[tuple[str, list[tuple[str, str, bool]]]]:
        return [
            (
                str(title),
                [
                    (f"{kind}:{code}", str(name), f"{kind}:{code}" == chosen)
                    for code, name in names.items()
                ],
            )
            for kind, title, names in (
                ("region", _("Region"), names.REGIONS),
                ("market", _("Market"), names.MARKET_COHORTS),
            )
        ]

    def _fallback(self, resolution: peers.Resolution | None) -> dict[str, Any] | None:
        """Return what was asked for and why another group is shown, if one is."""
        if resolution is None or resolution.reason == "exact":
            return None
        return {
            "asked": codes.cohort_label(resolution.asked),
            "is_pool": resolution.reason == "pooled",
            "steps": [
                (codes.cohort_label(step.cohort), str(codes.OUTCOMES[step.outcome]))
                for step in resolution.steps
            ],
        }

    def _since(self, cohort: str, view: str) -> dict[str, Any]:
        """Return the cohort's medians in the wave before beside those of this one."""
        if self.before is None:
            return {"changes": []}
        earlier = benchmark_queries.release_document(self.before)
        return {
            "changes": [
                codes.change_in_words(each, label=self.names[each.measure])
                for each in peers.changes(earlier, self.document, cohort=cohort, view=view)
                if each.measure in MEASURES_ACROSS_TYPES
            ],
            "before": self.before,
            "earlier": self.before.wave.code.removeprefix("demo-"),
            "later": self.release.wave.code.removeprefix("demo-"),
        }

    def _groups(self, chosen: CohortEntry, view: str) -> list[dict[str, Any]]:
        """Return the medians of all organisations, of each type and of the group shown."""
        shown = [cohort for cohort in self.cohorts.values() if cohort["kind"] in ("all", "type")]
        if chosen not in shown:
            shown.append(chosen)
        return [
            {
                "label": codes.cohort_label(cohort["id"]),
                "note": codes.n_words(cohort["n_band"], cohort["n"]),
                "url": f"?{urlencode({'cohort': cohort['id']})}#group",
                "is_current": cohort is chosen,
                "cells": [
                    row["median"] if row else None
                    for row in map(self.rows[cohort["id"], view].get, MEASURES_ACROSS_TYPES)
                ],
            }
            for cohort in shown
        ]

    def _about(self) -> dict[str, Any]:
        return {
            "release": self.release,
            "document": self.document,
            "checks_not_run": benchmark_queries.checks_not_run(self.document),
            "citation": benchmark_queries.citation(self.document, address=self._address()),
            "downloads": self._downloads(WIDEST),
        }

    def _views(self) -> dict[str, str]:
        """Return the views in which anything is published."""
        shown = {row["view"] for row in self.document["observations"] if row["conf_status"] == "F"}
        return {
            code: str(name)
            for code, name in names.VIEWS.items()
            if code in shown or code == VIEWS[0]
        }

    def _choices(self, chosen: str) -> Iterable[tuple[str, list[tuple[str, str, bool]]]]:
        """Yield the published cohorts by kind, as a list to choose from."""
        for kind, (name, _words) in codes.KINDS.items():
            options = [
                (
                    key,
                    f"{codes.cohort_label(key)} ({codes.n_words(cohort['n_band'], cohort['n'])})",
                    key == chosen,
                )
                for key, cohort in self.cohorts.items()
                if cohort["kind"] == kind
            ]
            if options:
                yield str(name), options

    def _covers(self, cohort: CohortEntry) -> list[str]:
        """Return what a pooled cohort holds; a plain one says it in its name."""
        kind = cohort["kind"].rpartition("+")[2]
        if cohort["covers"] in ([], [cohort["parts"].get(kind)]):
            return []
        return [codes.cohort_label(f"{kind}:{code}") for code in cohort["covers"]]

    def _band(self, row: Observation) -> dict[str, Any]:
        code = row["measure"]
        return {
            "label": self.names[code],
            "code": "" if code == INDEX else code,
            "q1": row["q1"],
            "median": row["median"],
            "q3": row["q3"],
            "half_width": row["half_width"],
            "n": codes.n_words(row["n_band"], row["n"]),
        }

    def _source(self) -> str:
        words = _("Release {code} (SHA-256 {sha256}…).").format(
            code=self.release.code, sha256=self.release.sha256[:12]
        )
        if not self.release.is_demonstration:
            return words
        return _("{source} Demonstration from synthetic organisations.").format(source=words)

    def _address(self) -> str:
        return f"{settings.SITE_URL}{reverse('api:release', args=[self.release.code])}"

    def _downloads(self, cohort: str) -> Sequence[tuple[str, str]]:
        address = partial(reverse, args=[self.release.code])
        of_cohort = reverse("api:cohort-data", args=[self.release.code, cohort])
        return (
            (_("The whole release, CSV"), f"{address('api:release-data')}?format=csv"),
            (_("The whole release, JSON"), address("api:release-data")),
            (_("This cohort, CSV"), f"{of_cohort}?format=csv"),
            (_("This cohort, JSON"), of_cohort),
            (_("All cohorts, CSV"), f"{address('api:release-cohorts')}?format=csv"),
            (_("Data package with tables and schema, ZIP"), address("api:release-package")),
            (
                _("The whole release, SDMX-CSV 2.0"),
                f"{address('api:release-data')}?format=sdmx-csv",
            ),
            (
                _("The whole release, SDMX-JSON 2.0"),
                f"{address('api:release-data')}?format=sdmx-json",
            ),
            (_("Structure and code lists, SDMX-ML 3.0"), address("api:release-structure")),
        )
