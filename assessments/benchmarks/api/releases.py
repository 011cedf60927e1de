"""Releases over the API: each address reads what is published and computes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from assessments.benchmarks import access, codes
from assessments.benchmarks import queries as benchmarks
from assessments.benchmarks.api import serializers
from assessments.benchmarks.api.parameters import (
    NO_RELEASE,
    BelowLatestQuery,
    CohortPath,
    LatestQuery,
    ObservationsQuery,
    ReleasePath,
    ReleasesQuery,
    ResolveQuery,
)
from assessments.benchmarks.models import BenchmarkRelease, Observation, ReleaseNote
from assessments.disclosure import peers
from assessments.disclosure.codes import VIEWS
from assessments.disclosure.exchange import tables
from portal.api.base import (
    CSV_UTF8,
    FOR_EVER,
    Body,
    PublicView,
    TableView,
    address,
    cached_body,
    envelope,
    json_bytes,
    link,
    wants_csv,
)
from portal.api.parameters import Query
from portal.api.problems import Problem
from portal.api.rendering import CSV, JSON, SdmxCSV, SdmxJSON, SdmxML, Zip, csv_table

Document = Mapping[str, Any]

OBSERVATION_COLUMNS = tuple(column.name for column in tables.DATA)


# Releases


class ReleaseList(TableView):
    """All releases of the benchmark, the market's first and the newest of each series first."""

    summary = "List the releases"
    answer = serializers.ReleaseListOut
    query_parameters = ReleasesQuery
    columns = (
        *("id", "series", "synthetic", "revision", "wave.code", "wave.closes_date"),
        *("instrument.code", "instrument.version", "published_at", "sha256", "state", "url"),
        "licence",
    )

    def get(self, request: Request) -> Response:
        releases = _releases()
        if series := self.params.get("series"):
            releases = releases.filter(series=series)
        order = (F("series").desc(), "-published_at", "-wave__closes_date", "-revision")
        return self.paginated(releases.order_by(*order), _release_out)


class LatestRelease(PublicView):
    """Leads to the newest release of a series. The market is the default series.

    What stands below a release is below `latest` too, as in `/releases/latest/data?series=demo`.
    Keep the address that it leads to, not this one, in anything that must be repeatable.
    """

    summary = "Go to the newest release"
    answer = serializers.ReleaseDetailOut
    query_parameters: ClassVar[type[Query]] = LatestQuery
    not_found_message = NO_RELEASE
    redirects = True

    def get(self, request: Request, rest: str = "") -> HttpResponse:
        series = self.params.get("series", BenchmarkRelease.Series.MARKET)
        release = benchmarks.latest_release(series)
        if release is None:
            raise Problem("no-release-yet", _no_release(series), series=series)
        to = f"{address('release', release.code)}{rest}"
        given = {name: request.query_params.get(name) for name in self.params if name != "series"}
        given = {name: value for name, value in given.items() if value}
        response = HttpResponse(status=307)
        del response["Content-Type"]  # there is nothing to read
        response["Location"] = f"{to}?{urlencode(given)}" if given else to
        response["Cache-Control"] = "public, max-age=60"
        return response


class LatestBelow(LatestRelease):
    """Leads to what stands below the newest release, with the parameters it takes."""

    schema = None
    renderer_classes = (*TableView.renderer_classes, SdmxCSV, SdmxJSON, SdmxML, Zip)
    query_parameters = BelowLatestQuery


def _no_release(series: str) -> str:
    if series == BenchmarkRelease.Series.DEMO:
        return "The demonstration series has no release here. Run manage.py demo to create one."
    return (
        "The market series has no release yet: none of its periods has closed with enough "
        "organisations. The demonstration series is at ?series=demo."
    )


class ReleaseDetail(PublicView):
    """What a release is: its period, instrument, method, rules, audit, files and hash.

    What has been said of it since stands here, so this answer may change; the release does not.
    Of a revised release, `Link` leads to the next revision (`successor-version`) and to the last
    one (`latest-version`).
    """

    summary = "Describe a release"
    answer = serializers.ReleaseDetailOut
    path_parameters = ReleasePath
    not_found_message = NO_RELEASE

    def get(self, request: Request, release: str) -> Body:
        found = _release(release)
        notes = benchmarks.notes_of(found)
        if any(note.kind == ReleaseNote.Kind.REVISION for note in notes):
            self.links = _revisions(found)
        return cached_body(_release_detail, found.sha256, notes, media_type=JSON)


class ReleaseCohorts(TableView):
    """Every cohort of a release, published or withheld, in words."""

    summary = "List the cohorts of a release"
    answer = serializers.CohortListOut
    path_parameters = ReleasePath
    not_found_message = NO_RELEASE
    cache_control = FOR_EVER
    columns = (
        *("release", "synthetic", "id", "label", "kind", "parent", "covers", "mixed_types"),
        *("status", "n_band", "n", "url", "licence"),
    )

    def get(self, request: Request, release: str) -> Body:
        found = _release(release)
        if wants_csv(request):
            return cached_body(
                _cohorts_csv, found.sha256, media_type=CSV_UTF8, last_modified=found.published_at
            )
        return cached_body(
            _cohorts_json, found.sha256, media_type=JSON, last_modified=found.published_at
        )


class ReleaseObservations(TableView):
    """The observations of a release in pages, in the order of the release.

    The parameters choose by code alone. Everything at once is at `/releases/{release}/data`.
    """

    summary = "Page through the observations of a release"
    answer = serializers.ObservationPageOut
    path_parameters = ReleasePath
    query_parameters = ObservationsQuery
    not_found_message = NO_RELEASE
    cache_control = FOR_EVER
    columns = tuple(name for name in OBSERVATION_COLUMNS if name not in tables.PARTS)

    def get(self, request: Request, release: str) -> Response:
        found = _release(release)
        rows = Observation.objects.filter(release=found).order_by("position")
        if cohort := self.params.get("cohort"):
            rows = rows.filter(cohort=_known_cohort(found, cohort.replace(" ", "+")))
        if measure := self.params.get("measure"):
            rows = rows.filter(measure=measure)
        if view := self.params.get("view"):
            rows = rows.filter(view=view)
        present = _flat if wants_csv(request) else _observation_out
        return self.paginated(rows, present, release=found.code, synthetic=found.is_demonstration)


class CohortData(TableView):
    """All observations of one cohort. A withheld cohort has none, whatever the reason."""

    summary = "Read one cohort of a release"
    answer = serializers.CohortDataOut
    path_parameters = CohortPath
    not_found_message = NO_RELEASE
    cache_control = FOR_EVER
    columns = OBSERVATION_COLUMNS

    def get(self, request: Request, release: str, cohort: str) -> Body:
        found = _release(release)
        if cohort not in _cohorts(found.sha256):
            listed = reverse("api:release-cohorts", args=[found.code])
            raise Problem(
                "not-found", f"{found.code} has no cohort of that id. They are listed at {listed}."
            )
        if wants_csv(request):
            return cached_body(
                _cohort_csv,
                found.sha256,
                cohort,
                media_type=CSV_UTF8,
                last_modified=found.published_at,
            )
        return cached_body(
            _cohort_json, found.sha256, cohort, media_type=JSON, last_modified=found.published_at
        )


class Resolve(PublicView):
    """Which cohort an organisation is compared with, and why.

    The order is fixed: type and region (or type and market), type, family, all. A cohort crosses
    a type with a region or with a market, never with both.
    """

    summary = "Find the cohort to compare with"
    answer = serializers.ResolutionOut
    path_parameters = ReleasePath
    query_parameters = ResolveQuery
    not_found_message = NO_RELEASE
    cache_control = FOR_EVER

    def get(self, request: Request, release: str) -> Response:
        found = _release(release)
        document = benchmarks.release_document(found)
        params = self.params
        if "region" in params and "market" in params:
            raise Problem(
                "bad-parameter",
                "region and market are both given. A cohort has one of them: give one.",
                parameter="market",
            )
        resolution = peers.resolve(
            document,
            respondent_type=params.get("type"),
            region=params.get("region"),
            market=params.get("market"),
            measure=params.get("measure"),
            view=params.get("view", VIEWS[0]),
        )
        cohort = _cohorts(found.sha256)[resolution.used] if resolution.used else None
        return Response(
            envelope(
                release=found.code,
                synthetic=found.is_demonstration,
                requested=resolution.asked,
                used=resolution.used,
                reason=resolution.reason,
                explanation=_explanation(resolution, cohort),
                steps=[{"cohort": s.cohort, "outcome": s.outcome} for s in resolution.steps],
                cohort=None if cohort is None else _cohort_out(found.code, cohort),
            )
        )


def _explanation(resolution: peers.Resolution, cohort: Document | None) -> str:
    requested = codes.cohort_label(resolution.asked)
    if cohort is None:
        return f"No figures are published for {requested}, nor for any wider group that fits."
    used = f"{codes.cohort_label(cohort['id'])} ({codes.n_words(cohort['n_band'], cohort['n'])})"
    return {
        "exact": f"Figures are published for {used}.",
        "pooled": f"No separate figures are published for {requested}; it is part of {used}.",
        "fallback": f"No separate figures are published for {requested}; compared with {used}.",
    }[resolution.reason]


def _releases() -> QuerySet[BenchmarkRelease]:
    releases = BenchmarkRelease.objects.select_related("wave", "edition__instrument")
    return releases.defer("document", "edition__document").prefetch_related("notes")


def _revisions(release: BenchmarkRelease) -> list[str]:
    """Return links to the revision that follows, and to the last one that stands."""
    later = benchmarks.revisions_after(release)
    named = (("successor-version", later.first()), ("latest-version", later.not_withdrawn().last()))
    return [link(address("release", each.code), relation) for relation, each in named if each]


def _release(code: str) -> BenchmarkRelease:
    """Return a release without its document, which is kept by its hash."""
    return access.release_named(code)


def _release_out(release: BenchmarkRelease) -> dict[str, Any]:
    release.edition_ref = {  # type: ignore[attr-defined]  # read by the serializer
        "code": release.edition.instrument.code,
        "version": release.edition.version,
        "sha256": release.edition.sha256,
    }
    release.url = address("release", release.code)  # type: ignore[attr-defined]  # likewise
    notes = benchmarks.notes_of(release)
    release.said = [_note_out(note) for note in notes]  # type: ignore[attr-defined]  # likewise
    release.state = benchmarks.state_of(notes)  # type: ignore[attr-defined]  # likewise
    return dict(serializers.ReleaseOut(release).data)


def _note_out(note: benchmarks.Note) -> dict[str, str]:
    return {"kind": note.kind.lower(), "date": note.date.isoformat(), "text": note.text}


def _document(sha256: str) -> Document:
    return benchmarks.document_hashed(sha256)


def _cohorts(sha256: str) -> dict[str, Document]:
    return {cohort["id"]: cohort for cohort in _document(sha256)["cohorts"]}


def _known_cohort(release: BenchmarkRelease, cohort: str) -> str:
    """Return the id of a cohort that the release has, or raise the problem that it has not."""
    if cohort not in _cohorts(release.sha256):
        listed = reverse("api:release-cohorts", args=[release.code])
        raise Problem(
            "bad-parameter",
            f"cohort is '{cohort}', which {release.code} does not have. They are listed at "
            f"{listed}.",
            parameter="cohort",
        )
    return cohort


def _cohort_out(release: str, cohort: Document) -> dict[str, Any]:
    return {
        **cohort,
        "label": codes.cohort_label(cohort["id"]),
        "url": address("cohort-data", release, cohort["id"]),
    }


def _head(document: Document) -> dict[str, Any]:
    return envelope(release=document["id"], synthetic=document["synthetic"])


def _observation_out(row: Observation) -> dict[str, Any]:
    return {"cohort": row.cohort, "measure": row.measure, "view": row.view, **row.figures}


def _flat(row: Observation) -> dict[str, Any]:
    return tables.flattened(_observation_out(row))


# What follows from a release's hash alone, and is therefore kept


def _release_detail(sha256: str, notes: tuple[benchmarks.Note, ...]) -> bytes:
    document = _document(sha256)
    code = document["id"]
    left_out = ("cohorts", "observations", "licence", "synthetic")
    data = address("release-data", code)
    files = [
        (data, JSON),
        (f"{data}?format=csv", CSV),
        (f"{data}?format={SdmxCSV.format}", SdmxCSV.full_type()),
        (f"{data}?format={SdmxJSON.format}", SdmxJSON.full_type()),
        (address("release-structure", code), SdmxML.full_type()),
        (f"{address('release-cohorts', code)}?format=csv", CSV),
        (address("release-descriptor", code), JSON),
        (address("release-package", code), str(Zip.media_type)),
    ]
    cohorts = [row["status"] == "published" for row in document["cohorts"]]
    observations = [row["conf_status"] == "F" for row in document["observations"]]
    return json_bytes(
        {
            **_head(document),
            **{key: value for key, value in document.items() if key not in left_out},
            "checks_not_run": benchmarks.checks_not_run(document),
            "cohorts_published": sum(cohorts),
            "cohorts_withheld": len(cohorts) - sum(cohorts),
            "observations_published": sum(observations),
            "observations_withheld": len(observations) - sum(observations),
            "state": benchmarks.state_of(notes),
            "notes": [_note_out(note) for note in notes],
            "sha256": sha256,
            "citation": benchmarks.citation(document, address=address("release", code)),
            "files": [{"url": url, "media_type": media_type} for url, media_type in files],
        }
    )


def _cohorts_json(sha256: str) -> bytes:
    document = _document(sha256)
    rows = [_cohort_out(document["id"], cohort) for cohort in document["cohorts"]]
    return json_bytes({**_head(document), "data": rows})


def _cohorts_csv(sha256: str) -> bytes:
    document = _document(sha256)
    rows = [_cohort_out(document["id"], cohort) for cohort in document["cohorts"]]
    return csv_table(rows, ReleaseCohorts.columns, shared=_head(document))


def _cohort_json(sha256: str, cohort: str) -> bytes:
    document = _document(sha256)
    return json_bytes(
        {
            **_head(document),
            "cohort": _cohort_out(document["id"], _cohorts(sha256)[cohort]),
            "data": list(benchmarks.observations_of(document, cohort)),
        }
    )


def _cohort_csv(sha256: str, cohort: str) -> bytes:
    document = _document(sha256)
    rows = benchmarks.observations_of(document, cohort)
    return tables.written(tables.data_rows(document, rows), tables.DATA)
