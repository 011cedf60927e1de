"""Releases over the API: each address reads what is published and computes nothing."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from assessments.benchmarks import access, codes
from assessments.benchmarks import queries as benchmarks
from assessments.benchmarks.api import bodies, serializers
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
from assessments.disclosure.document import CohortEntry
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
    link,
    wants_csv,
)
from portal.api.parameters import Query
from portal.api.problems import Problem
from portal.api.rendering import JSON, SdmxCSV, SdmxJSON, SdmxML, Zip

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
        obj = access.release_named(release)
        notes = benchmarks.notes_of(obj)
        if any(note.kind == ReleaseNote.Kind.REVISION for note in notes):
            self.links = _revisions(obj)
        return cached_body(bodies.release_detail, obj.sha256, notes, media_type=JSON)


class ReleaseCohorts(TableView):
    """Every cohort of a release, published or withheld, in words."""

    summary = "List the cohorts of a release"
    answer = serializers.CohortListOut
    path_parameters = ReleasePath
    not_found_message = NO_RELEASE
    cache_control = FOR_EVER
    columns = bodies.COHORT_COLUMNS

    def get(self, request: Request, release: str) -> Body:
        obj = access.release_named(release)
        if wants_csv(request):
            return cached_body(
                bodies.cohorts_csv, obj.sha256, media_type=CSV_UTF8, last_modified=obj.published_at
            )
        return cached_body(
            bodies.cohorts_json, obj.sha256, media_type=JSON, last_modified=obj.published_at
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
        obj = access.release_named(release)
        rows = Observation.objects.filter(release=obj).order_by("position")
        if cohort := self.params.get("cohort"):
            rows = rows.filter(cohort=_known_cohort(obj, cohort.replace(" ", "+")))
        if measure := self.params.get("measure"):
            rows = rows.filter(measure=measure)
        if view := self.params.get("view"):
            rows = rows.filter(view=view)
        present = _flat if wants_csv(request) else _observation_out
        return self.paginated(rows, present, release=obj.code, synthetic=obj.is_demonstration)


class CohortData(TableView):
    """All observations of one cohort. A withheld cohort has none, whatever the reason."""

    summary = "Read one cohort of a release"
    answer = serializers.CohortDataOut
    path_parameters = CohortPath
    not_found_message = NO_RELEASE
    cache_control = FOR_EVER
    columns = OBSERVATION_COLUMNS

    def get(self, request: Request, release: str, cohort: str) -> Body:
        obj = access.release_named(release)
        if cohort not in bodies.cohorts_of(obj.sha256):
            listed = reverse("api:release-cohorts", args=[obj.code])
            raise Problem(
                "not-found", f"{obj.code} has no cohort of that id. They are listed at {listed}."
            )
        if wants_csv(request):
            return cached_body(
                bodies.cohort_csv,
                obj.sha256,
                cohort,
                media_type=CSV_UTF8,
                last_modified=obj.published_at,
            )
        return cached_body(
            bodies.cohort_json, obj.sha256, cohort, media_type=JSON, last_modified=obj.published_at
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
        obj = access.release_named(release)
        document = benchmarks.release_document(obj)
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
        cohort = bodies.cohorts_of(obj.sha256)[resolution.used] if resolution.used else None
        return Response(
            envelope(
                release=obj.code,
                synthetic=obj.is_demonstration,
                requested=resolution.asked,
                used=resolution.used,
                reason=resolution.reason,
                explanation=_explanation(resolution, cohort),
                steps=[{"cohort": s.cohort, "outcome": s.outcome} for s in resolution.steps],
                cohort=None if cohort is None else bodies.cohort_out(obj.code, cohort),
            )
        )


def _explanation(resolution: peers.Resolution, cohort: CohortEntry | None) -> str:
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


def _release_out(release: BenchmarkRelease) -> dict[str, Any]:
    release.edition_ref = {  # type: ignore[attr-defined]  # read by the serializer
        "code": release.edition.instrument.code,
        "version": release.edition.version,
        "sha256": release.edition.sha256,
    }
    release.url = address("release", release.code)  # type: ignore[attr-defined]  # likewise
    notes = benchmarks.notes_of(release)
    release.listed_notes = [bodies.note_out(note) for note in notes]  # type: ignore[attr-defined]  # likewise
    release.state = benchmarks.state_of(notes)  # type: ignore[attr-defined]  # likewise
    return dict(serializers.ReleaseOut(release).data)


def _known_cohort(release: BenchmarkRelease, cohort: str) -> str:
    """Return the id of a cohort that the release has, or raise the problem that it has not."""
    if cohort not in bodies.cohorts_of(release.sha256):
        listed = reverse("api:release-cohorts", args=[release.code])
        raise Problem(
            "bad-parameter",
            f"cohort is '{cohort}', which {release.code} does not have. They are listed at "
            f"{listed}.",
            parameter="cohort",
        )
    return cohort


def _observation_out(row: Observation) -> dict[str, Any]:
    return {"cohort": row.cohort, "measure": row.measure, "view": row.view, **row.figures}


def _flat(row: Observation) -> dict[str, Any]:
    return tables.flattened(_observation_out(row))
