"""The current benchmark release and the method, in words and figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from assessments import queries
from assessments.domain import benchmark, disclosure
from assessments.domain.instrument import Instrument
from assessments.models import BenchmarkRelease
from assessments.queries import benchmarks as benchmark_queries
from assessments.queries import codes
from publications.pages import public_page

WIDEST = "all"
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Current:
    """The release that pages show: the market's newest, else the demonstration's; None before.

    With what has been said since of it and of the others of its series.
    """

    release: BenchmarkRelease | None
    notes: tuple[benchmark_queries.Note, ...]

    @property
    def version(self) -> str:
        release = self.release.sha256 if self.release else "none"
        return f"{release} {self.notes}" if self.notes else release


def _current() -> Current:
    return Current(*benchmark_queries.current_release_and_notes())


@public_page(_current)
def benchmarks(request: HttpRequest, found: Current) -> HttpResponse:
    if found.release is None:
        return render(request, "assessments/benchmarks_none.html", {"notes": found.notes})
    document = benchmark_queries.release_document(found.release)
    page = _Page(found.release, document, _instrument(found.release))
    asked = request.GET.get("cohort", WIDEST), request.GET.get("view", benchmark.VIEWS[0])
    context = {**page.context(*asked), "notes": found.notes}
    return render(request, "assessments/benchmarks.html", context)


def _instrument(release: BenchmarkRelease) -> Instrument:
    return release.edition.content


class _Page:
    """Puts one cohort of a release into words and rows; looks numbers up and computes none."""

    def __init__(self, release: BenchmarkRelease, document: Row, instrument: Instrument) -> None:
        self.release, self.document = release, document
        self.cohorts = {
            cohort["id"]: cohort
            for cohort in document["cohorts"]
            if cohort["status"] == "published"
        }
        self.names = {
            benchmark.INDEX: str(_("Overall index")),
            **{each.code: each.title for each in instrument.dimensions},
            **{
                capability.code: capability.title
                for each in instrument.dimensions
                for capability in each.capabilities
            },
        }

    def context(self, asked: str, view: str) -> dict[str, Any]:
        cohort = self.cohorts.get(asked) or self.cohorts.get(WIDEST)
        if cohort is None:  # too few owners stand behind even the widest group
            return self._about()
        view = view if view in self._views() else benchmark.VIEWS[0]
        rows = {
            row["measure"]: row
            for row in benchmark_queries.observations_of(self.document, cohort["id"])
            if row["view"] == view
        }
        index, share = rows[benchmark.INDEX], rows.get(benchmark.MINIMUM_STANDARDS)
        label = codes.cohort_label(cohort["id"])
        return {
            **self._about(),
            "source": self._source(),
            "choices": list(self._choices(cohort["id"])),
            "views": [(code, name, code == view) for code, name in self._views().items()],
            "unknown": asked if asked not in self.cohorts else "",
            "cohort": cohort,
            "label": label,
            "n": codes.n_words(cohort["n_band"], cohort["n"]),
            "covers": self._covers(cohort),
            "dimensions": [self._band(rows[code]) for code in benchmark.MEASURES_ACROSS_TYPES],
            "capabilities": [self._band(rows[c]) for c in benchmark.CAPABILITIES if c in rows],
            "levels": index["levels"],
            "levels_note": _("In the declared view an overall level stops at 3: 4 needs evidence.")
            if view == benchmark.VIEWS[0]
            else "",
            "share": share if share and share["share"] is not None else None,
            "table": [(self.names[code], row) for code, row in rows.items() if code in self.names],
            "level_numbers": range(benchmark.LEVELS),
            "downloads": self._downloads(cohort["id"]),
        }

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
            for code, (name, _words) in codes.VIEWS.items()
            if code in shown or code == benchmark.VIEWS[0]
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

    def _covers(self, cohort: Row) -> list[str]:
        """Return what a pooled cohort holds; a plain one says it in its name."""
        kind = cohort["kind"].rpartition("+")[2]
        if cohort["covers"] in ([], [cohort["parts"].get(kind)]):
            return []
        return [codes.cohort_label(f"{kind}:{code}") for code in cohort["covers"]]

    def _band(self, row: Row) -> dict[str, Any]:
        code = row["measure"]
        return {
            "label": self.names[code],
            "code": "" if code == benchmark.INDEX else code,
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
        "rules": benchmark.RULES + benchmark.RULES_OF_THE_GATE,
        "n_bands": [codes.n_words(band, None) for band in disclosure.N_BANDS],
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
    return render(request, "assessments/method.html", context)


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
