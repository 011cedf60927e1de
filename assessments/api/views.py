"""The addresses of the API: each reads what is published and computes nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import F, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import resolve, reverse
from rest_framework.request import Request
from rest_framework.response import Response

from assessments import access, queries
from assessments.api import serializers
from assessments.api.base import (
    FOR_EVER,
    Body,
    PublicView,
    TableView,
    address,
    envelope,
    kept_body,
    link,
)
from assessments.api.pagination import PAGE_PARAMETERS, page_of
from assessments.api.parameters import NO_RELEASE, RELEASE, Parameter
from assessments.api.problems import Problem
from assessments.api.rendering import CSV, JSON, SdmxCSV, SdmxJSON, SdmxML, Zip, csv_table
from assessments.api.schema import document_bytes
from assessments.domain import benchmark, standing
from assessments.domain.exchange import tables
from assessments.models import BenchmarkRelease, InstrumentEdition, Observation, ReleaseNote
from assessments.queries import benchmarks, codes, guidance
from portal.accounts import countries
from publications import queries as publication_queries
from publications.models import Origin, Publication

Document = Mapping[str, Any]
CSV_UTF8 = f"{CSV}; charset=utf-8"

# Parameters that several addresses share

COHORT = Parameter(
    name="cohort",
    place="path",
    description="Id of a cohort, from `/releases/{release}/cohorts`.",
    example="type:RG",
    pattern=r"[A-Za-z0-9:+-]{1,120}",
)
SERIES = Parameter(
    name="series",
    description="`market` for the real market, `demo` for the demonstration.",
    example="demo",
    choices=tuple(benchmark.SERIES),
)
MEASURE = Parameter(
    name="measure",
    description="One measure, from the code list `measures`.",
    example="EG",
    choices=(*benchmark.MEASURES, benchmark.MINIMUM_STANDARDS),
)
VIEW = Parameter(
    name="view",
    description="One view of the answers.",
    example="declared",
    choices=benchmark.VIEWS,
)
TYPE = Parameter(
    name="type",
    description="Respondent type, from the code list `respondent-types`.",
    example="RG",
    choices=benchmark.TYPES,
)
REGION = Parameter(
    name="region",
    description="World Bank region, from the code list `regions`.",
    example="sub-saharan-africa",
    choices=benchmark.REGIONS,
)
MARKET = Parameter(
    name="market",
    description="Market, from the code list `markets`.",
    example="voluntary",
    choices=benchmark.MARKETS,
)
CODE = Parameter(
    name="code",
    place="path",
    description="Code of an instrument.",
    example="cmi-maturity",
    pattern=r"[a-z0-9-]{1,40}",
)
VERSION = Parameter(
    name="version",
    place="path",
    description="Version of an edition.",
    example="1.0.0",
    pattern=r"[0-9A-Za-z.-]{1,20}",
)
NO_EDITION = "There is no such edition. The editions are listed at /api/v1/instruments."

OF_OBSERVATIONS = (
    Parameter(
        name="cohort",
        description="One cohort, by its id.",
        example="type:RG",
        # A plus sign in a query arrives as a space, and no id holds a space.
        pattern=r"[A-Za-z0-9:+ -]{1,120}",
    ),
    MEASURE,
    VIEW,
    *PAGE_PARAMETERS,
)

OBSERVATION_COLUMNS = tuple(column.name for column in tables.DATA)


# Releases


class ReleaseList(TableView):
    """All releases of the benchmark, the market's first and the newest of each series first."""

    summary = "List the releases"
    answer = serializers.ReleaseListOut
    parameters = (SERIES, *PAGE_PARAMETERS)
    columns = (
        *("id", "series", "synthetic", "revision", "wave.code", "wave.closes_date"),
        *("instrument.code", "instrument.version", "published_at", "sha256", "state", "url"),
        "licence",
    )

    def get(self, request: Request) -> Response:
        releases = _releases()
        if series := self.asked.get("series"):
            releases = releases.filter(series=series)
        order = (F("series").desc(), "-published_at", "-wave__closes_date", "-revision")
        page = page_of(releases.order_by(*order), asked=self.asked, address=address("releases"))
        return Response(envelope(**page.envelope(_release_out)))


class LatestRelease(PublicView):
    """Leads to the newest release of a series. The market is the default series.

    What stands below a release is below `latest` too, as in `/releases/latest/data?series=demo`.
    Keep the address that it leads to, not this one, in anything that must be repeatable.
    """

    summary = "Go to the newest release"
    answer = serializers.ReleaseDetailOut
    parameters: ClassVar[tuple[Parameter, ...]] = (SERIES,)
    absent = NO_RELEASE
    redirects = True

    def get(self, request: Request, rest: str = "") -> HttpResponse:
        series = self.asked.get("series", BenchmarkRelease.Series.MARKET)
        release = benchmarks.latest_release(series)
        if release is None:
            raise Problem("no-release-yet", _no_release(series), series=series)
        to = f"{address('release', release.code)}{rest}"
        given = {name: request.query_params[name] for name in self.asked}
        given.pop("series", None)
        response = HttpResponse(status=307)
        del response["Content-Type"]  # there is nothing to read
        response["Location"] = f"{to}?{urlencode(given)}" if given else to
        response["Cache-Control"] = "public, max-age=60"
        return response


class LatestBelow(LatestRelease):
    """Leads to what stands below the newest release, with the parameters it takes."""

    schema = None
    renderer_classes = (*TableView.renderer_classes, SdmxCSV, SdmxJSON, SdmxML, Zip)
    parameters = (
        SERIES,
        *(replace(each, default=None) for each in (TYPE, REGION, MARKET, *OF_OBSERVATIONS)),
    )


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
    parameters = (RELEASE,)
    absent = NO_RELEASE

    def get(self, request: Request, release: str) -> Body:
        found = _release(release)
        notes = benchmarks.notes_of(found)
        if any(note.kind == ReleaseNote.Kind.REVISION for note in notes):
            self.links = _revisions(found)
        return kept_body(_release_detail, found.sha256, notes, media_type=JSON)


class ReleaseCohorts(TableView):
    """Every cohort of a release, published or withheld, in words."""

    summary = "List the cohorts of a release"
    answer = serializers.CohortListOut
    parameters = (RELEASE,)
    absent = NO_RELEASE
    keep = FOR_EVER
    columns = (
        *("release", "synthetic", "id", "label", "kind", "parent", "covers", "mixed_types"),
        *("status", "n_band", "n", "url", "licence"),
    )

    def get(self, request: Request, release: str) -> Body:
        found = _release(release)
        if _wants_csv(request):
            return kept_body(_cohorts_csv, found.sha256, media_type=CSV_UTF8)
        return kept_body(_cohorts_json, found.sha256, media_type=JSON)


class ReleaseObservations(TableView):
    """The observations of a release in pages, in the order of the release.

    The parameters choose by code alone. Everything at once is at `/releases/{release}/data`.
    """

    summary = "Page through the observations of a release"
    answer = serializers.ObservationPageOut
    parameters = (RELEASE, *OF_OBSERVATIONS)
    absent = NO_RELEASE
    keep = FOR_EVER
    columns = tuple(name for name in OBSERVATION_COLUMNS if name not in tables.PARTS)

    def get(self, request: Request, release: str) -> Response:
        found = _release(release)
        rows = Observation.objects.filter(release=found).order_by("position")
        if cohort := self.asked.get("cohort"):
            rows = rows.filter(cohort=cohort.replace(" ", "+"))
        if measure := self.asked.get("measure"):
            rows = rows.filter(measure=measure)
        if view := self.asked.get("view"):
            rows = rows.filter(view=view)
        where = address("release-observations", release)
        page = page_of(rows, asked=self.asked, address=where)
        show = _flat if _wants_csv(request) else _observation_out
        head = {"release": found.code, "synthetic": found.is_demonstration}
        return Response(envelope(**head, **page.envelope(show)))


class CohortData(TableView):
    """All observations of one cohort. A withheld cohort has none, whatever the reason."""

    summary = "Read one cohort of a release"
    answer = serializers.CohortDataOut
    parameters = (RELEASE, COHORT)
    absent = NO_RELEASE
    keep = FOR_EVER
    columns = OBSERVATION_COLUMNS

    def get(self, request: Request, release: str, cohort: str) -> Body:
        found = _release(release)
        if cohort not in _cohorts(found.sha256):
            listed = reverse("api:release-cohorts", args=[found.code])
            raise Problem(
                "not-found", f"{found.code} has no cohort of that id. They are listed at {listed}."
            )
        if _wants_csv(request):
            return kept_body(_cohort_csv, found.sha256, cohort, media_type=CSV_UTF8)
        return kept_body(_cohort_json, found.sha256, cohort, media_type=JSON)


class Resolve(PublicView):
    """Which cohort an organisation is compared with, and why.

    The order is fixed: type and region (or type and market), type, family, all. A cohort crosses
    a type with a region or with a market, never with both; given both, the region counts.
    """

    summary = "Find the cohort to compare with"
    answer = serializers.ResolutionOut
    parameters = (RELEASE, TYPE, REGION, MARKET, MEASURE, VIEW)
    absent = NO_RELEASE
    keep = FOR_EVER

    def get(self, request: Request, release: str) -> Response:
        found = _release(release)
        document = benchmarks.release_document(found)
        asked = self.asked
        resolution = standing.resolve(
            document,
            respondent_type=asked.get("type"),
            region=asked.get("region"),
            market=asked.get("market"),
            measure=asked.get("measure"),
            view=asked.get("view", benchmark.VIEWS[0]),
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


def _explanation(resolution: standing.Resolution, cohort: Document | None) -> str:
    asked = codes.cohort_label(resolution.asked)
    if cohort is None:
        return f"No figures are published for {asked}, nor for any wider group that fits."
    used = f"{codes.cohort_label(cohort['id'])} ({codes.n_words(cohort['n_band'], cohort['n'])})"
    return {
        "exact": f"Figures are published for {used}.",
        "pooled": f"No separate figures are published for {asked}; it is part of {used}.",
        "fallback": f"No separate figures are published for {asked}; compared with {used}.",
    }[resolution.reason]


def _releases() -> QuerySet[BenchmarkRelease]:
    releases = BenchmarkRelease.objects.select_related("wave", "edition__instrument")
    return releases.defer("document", "edition__document").prefetch_related("notes")


def _revisions(release: BenchmarkRelease) -> list[str]:
    """Return links to the revision that follows, and to the last one that stands."""
    later = benchmarks.revisions_after(release)
    named = (("successor-version", later.first()), ("latest-version", later.standing().last()))
    return [link(address("release", each.code), relation) for relation, each in named if each]


def _release(code: str) -> BenchmarkRelease:
    """Return a release without its document, which is kept by its hash."""
    return access.release_named(code)


def _wants_csv(request: Request) -> bool:
    return bool(request.accepted_renderer.format == "csv")


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


def _json(payload: Mapping[str, Any]) -> bytes:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


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
    return _json(
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
    return _json({**_head(document), "data": rows})


def _cohorts_csv(sha256: str) -> bytes:
    document = _document(sha256)
    rows = [_cohort_out(document["id"], cohort) for cohort in document["cohorts"]]
    return csv_table(rows, ReleaseCohorts.columns, shared=_head(document))


def _cohort_json(sha256: str, cohort: str) -> bytes:
    document = _document(sha256)
    return _json(
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


# Guidance


class PublicationList(TableView):
    """The official records of the working group and the companion texts of this portal."""

    tag = "Guidance"
    summary = "List the publications"
    answer = serializers.PublicationListOut
    parameters = (
        Parameter(
            name="origin",
            description="`OFFICIAL` records of the working group, or `COMPANION` texts.",
            example="COMPANION",
            choices=tuple(Origin.values),
        ),
        *PAGE_PARAMETERS,
    )
    columns = (
        *("slug", "kind", "origin", "number", "title", "subtitle", "dimension", "issued"),
        *("abstract", "record_url", "citation", "url", "page", "licence"),
    )

    def get(self, request: Request) -> Response:
        publications = publication_queries.current_publications()
        if origin := self.asked.get("origin"):
            publications = [each for each in publications if each.origin == origin]
        page = page_of(publications, asked=self.asked, address=address("publications"))
        return Response(envelope(**page.envelope(_publication_out)))


class PublicationDetail(PublicView):
    """One publication and its editions. Official records have a link to the record instead."""

    tag = "Guidance"
    summary = "Describe a publication"
    answer = serializers.PublicationDetailOut
    parameters = (
        Parameter(
            name="slug",
            place="path",
            description="The publication's permanent name.",
            example="companion-information-security",
            pattern=r"[-a-z0-9_]{1,80}",
        ),
    )
    absent = "There is no publication of that name. They are listed at /api/v1/publications."

    def get(self, request: Request, slug: str) -> Response:
        entry = publication_queries.publication_entry(slug, on=publication_queries.today())
        if entry is None:
            raise Http404
        return Response(
            envelope(
                publication=_publication_out(entry.publication),
                editions=serializers.PublicationEditionOut(entry.editions, many=True).data,
            )
        )


class ProvisionList(TableView):
    """Recommendations, roadmap actions, sections and terms in the words now in force."""

    tag = "Guidance"
    summary = "List the provisions"
    answer = serializers.ProvisionListOut
    parameters = (
        Parameter(
            name="kind",
            description="One kind of provision.",
            example="RECOMMENDATION",
            choices=guidance.KINDS,
        ),
        Parameter(
            name="publication",
            description="One publication, by its slug.",
            example="companion-information-security",
            pattern=r"[-a-z0-9_]{1,80}",
        ),
        Parameter(
            name="origin",
            description="`OFFICIAL` or `COMPANION`.",
            example="COMPANION",
            choices=tuple(Origin.values),
        ),
        *PAGE_PARAMETERS,
    )
    columns = (
        *("label", "kind", "origin", "publication", "edition", "title", "audience", "grounding"),
        *("items", "provisions", "action.area", "action.horizon", "action.actors"),
        *("action.status", "action.measure", "id", "url", "page", "licence"),
    )

    def get(self, request: Request) -> Response:
        texts = guidance.current_provisions(
            kind=self.asked.get("kind"),
            publication=self.asked.get("publication"),
            origin=self.asked.get("origin"),
        )
        page = page_of(texts, asked=self.asked, address=address("provisions"))
        rows = {row["label"]: row for row in guidance.described(page.rows)}
        return Response(
            envelope(**page.envelope(lambda text: _provision_out(rows[text.provision.label])))
        )


class ProvisionDetail(PublicView):
    """One provision by its permanent label."""

    tag = "Guidance"
    summary = "Read a provision"
    answer = serializers.ProvisionDetailOut
    parameters = (
        Parameter(
            name="label",
            place="path",
            description="The permanent label.",
            example="IS-R07",
            pattern=r"[A-Za-z0-9._-]{1,60}",
        ),
    )
    absent = "There is no provision of that label. They are listed at /api/v1/provisions."

    def get(self, request: Request, label: str) -> Response:
        text = guidance.provision_labelled(label)
        if text is None:
            raise Http404
        [row] = guidance.described([text])
        return Response(envelope(provision=_provision_out(row)))


class MemberList(TableView):
    """The members and observers of the working group, as its publications list them."""

    tag = "Guidance"
    summary = "List the members"
    answer = serializers.MemberListOut
    parameters = PAGE_PARAMETERS
    columns = ("name", "category", "publications", "licence")

    def get(self, request: Request) -> Response:
        rows, _publications = publication_queries.membership_lists()
        page = page_of(rows, asked=self.asked, address=address("members"))
        show = _member_row if _wants_csv(request) else _member_out
        return Response(envelope(**page.envelope(show)))


def _publication_out(publication: Publication) -> dict[str, Any]:
    publication.url = address("publication", publication.slug)  # type: ignore[attr-defined]  # read by the serializer
    path = reverse("publications:publication", args=[publication.slug])
    publication.page = f"{settings.SITE_URL}{path}"  # type: ignore[attr-defined]  # likewise
    return dict(serializers.PublicationOut(publication).data)


def _provision_out(row: dict[str, Any]) -> dict[str, Any]:
    path = publication_queries.provision_path(row["label"])
    urls = {"url": address("provision", row["label"]), "page": f"{settings.SITE_URL}{path}"}
    return dict(serializers.ProvisionOut({**row, **urls}).data)


def _member_out(row: publication_queries.MemberRow) -> dict[str, Any]:
    listings = [
        {
            "publication": listing.publication.slug,
            "standing": listing.standing,
            "printed_as": listing.printed_as,
        }
        for listing in row.listings.values()
    ]
    member = {"name": row.name, "category": row.category, "listings": listings}
    return dict(serializers.MemberOut(member).data)


def _member_row(row: publication_queries.MemberRow) -> dict[str, Any]:
    member = _member_out(row)
    listed = [f"{each['publication']} ({each['standing']})" for each in member["listings"]]
    return {**member, "publications": listed}


# Questionnaires and code lists


class InstrumentList(TableView):
    """Every edition of every instrument, the newest first."""

    tag = "Questionnaires"
    summary = "List the editions of the questionnaires"
    answer = serializers.InstrumentListOut
    parameters = PAGE_PARAMETERS
    columns = ("code", "version", "title", "sha256", "loaded_at", "url", "licence")

    def get(self, request: Request) -> Response:
        editions = InstrumentEdition.objects.select_related("instrument").defer("document")
        order = ("instrument__code", "-loaded_at")
        page = page_of(editions.order_by(*order), asked=self.asked, address=address("instruments"))
        return Response(envelope(**page.envelope(_edition_out)))


class InstrumentDocument(PublicView):
    """One edition, complete: the canonical bytes whose SHA-256 it is known by."""

    tag = "Questionnaires"
    summary = "Read an edition of the questionnaires"
    answer = serializers.InstrumentDocumentOut
    parameters = (CODE, VERSION)
    absent = NO_EDITION
    keep = FOR_EVER

    def get(self, request: Request, code: str, version: str) -> Body:
        edition = _edition(code, version)
        return Body(edition.document.encode(), media_type=JSON, sha256=edition.sha256)


class ItemList(TableView):
    """The items of an edition in its order, each with its levels, tier, grounding and links."""

    tag = "Questionnaires"
    summary = "List the items of an edition"
    answer = serializers.ItemListOut
    parameters = (
        CODE,
        VERSION,
        Parameter(
            name="dimension",
            description="One dimension.",
            example="IS",
            choices=benchmark.DIMENSIONS,
        ),
        Parameter(
            name="type",
            description="Items shown to one respondent type.",
            example="RG",
            choices=tuple(code for code in benchmark.TYPES if code != "NR-A"),
        ),
        *PAGE_PARAMETERS,
    )
    absent = NO_EDITION
    keep = FOR_EVER
    columns = (
        *("instrument.code", "instrument.version", "code", "dimension", "capability", "title"),
        *("statement", "question", "relying_question", "why", "evidence", "effort", "tier"),
        *("types", "not_applicable", "registry_operators_only", "depends_on", "grounding"),
        *("recommendations", "licence"),
    )

    def get(self, request: Request, code: str, version: str) -> Response:
        edition = _edition(code, version)
        chosen = self.asked.get("dimension"), self.asked.get("type")
        rows = [
            {"dimension": dimension.code, "capability": capability.code, "item": item}
            for dimension in edition.content.dimensions
            for capability in dimension.capabilities
            for item in capability.items
            if chosen[0] in (None, dimension.code) and (not chosen[1] or chosen[1] in item.types)
        ]
        page = page_of(rows, asked=self.asked, address=address("items", code, version))
        ref = {"code": code, "version": version, "sha256": edition.sha256}
        show = _item_row if _wants_csv(request) else _item_out
        return Response(envelope(instrument=ref, **page.envelope(show)))


class CodeLists(PublicView):
    """The code lists behind every code in this API."""

    tag = "Code lists"
    summary = "List the code lists"
    answer = serializers.CodeListsOut

    def get(self, request: Request) -> Response:
        lists = {code: str(each.title) for code, each in codes.CODE_LISTS.items()}
        lists["countries"] = COUNTRIES_TITLE
        rows = [
            {"list": code, "title": title, "url": f"{address('codes')}/{code}"}
            for code, title in lists.items()
        ]
        return Response(envelope(data=rows))


class CodeListDetail(TableView):
    """One code list. Names of levels, dimensions and the like are those of the newest edition."""

    tag = "Code lists"
    summary = "Read a code list"
    answer = serializers.CodeListOut
    parameters = (
        Parameter(
            name="code_list",
            place="path",
            description="One of the lists at `/codes`.",
            example="respondent-types",
            choices=tuple(codes.CODE_LISTS),
        ),
    )
    absent = "There is no code list of that name. They are listed at /api/v1/codes."
    columns = ("code", "name", "description", "parent", "list", "licence")

    def get(self, request: Request, code_list: str) -> Response:
        edition = queries.current_edition()
        chosen = codes.CODE_LISTS[code_list]
        rows = chosen.codes(edition.content if edition else None)
        data = serializers.CodeOut(rows, many=True).data
        return Response(envelope(list=code_list, title=str(chosen.title), data=data))


COUNTRIES_TITLE = "Countries with World Bank region and income group"


class Countries(TableView):
    """Countries of ISO 3166-1 with their World Bank region and income group at one vintage."""

    tag = "Code lists"
    summary = "Read the list of countries"
    answer = serializers.CountryListOut
    columns = (
        *("code", "iso3", "names.en", "names.fr", "names.es", "names.ar", "region"),
        *("income_group", "vintage", "licence"),
    )

    def get(self, request: Request) -> Response:
        rows = [benchmarks.country_codes(country) for country in countries.countries()]
        data = serializers.CountryOut(rows, many=True).data
        return Response(
            envelope(list="countries", title=COUNTRIES_TITLE, vintage=countries.VINTAGE, data=data)
        )


def _edition(code: str, version: str) -> InstrumentEdition:
    return access.edition_named(code, version)


def _edition_out(edition: InstrumentEdition) -> dict[str, Any]:
    return dict(
        serializers.InstrumentOut(
            {
                "code": edition.instrument.code,
                "version": edition.version,
                "title": edition.instrument.title,
                "sha256": edition.sha256,
                "loaded_at": edition.loaded_at,
                "url": address("instrument", edition.instrument.code, edition.version),
            }
        ).data
    )


class _Placed:
    """An item with where it stands, as the serializer reads it."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.dimension, self.capability = row["dimension"], row["capability"]
        self._item = row["item"]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._item, name)


def _item_out(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(serializers.ItemOut(_Placed(row)).data)


def _item_row(row: Mapping[str, Any]) -> dict[str, Any]:
    item = _item_out(row)
    return {**item, "types": [f"{code} {how}" for code, how in item["types"].items()]}


# Ways in


class Index(PublicView):
    """Where everything is."""

    tag = "Ways in"
    summary = "List the entry points"
    answer = serializers.IndexOut

    def get(self, request: Request) -> Response:
        names = ("releases", "publications", "provisions", "members", "instruments", "codes")
        return Response(
            envelope(
                title="Carbon Markets Infrastructure portal API",
                documentation=address("docs"),
                schema=address("schema"),
                resources={name: address(name) for name in names},
            )
        )


class Missing(PublicView):
    """Anything else below `/api/`."""

    schema = None

    def get(self, request: Request, rest: str = "") -> Response:
        raise Problem("not-found", f"Nothing is at this address. {_near(request.path)}")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Read no parameters: an address that is not there has none to misspell."""
        self.check_throttles(request)


def _near(path: str) -> str:
    """Return where to go from an address that is not there."""
    has_slash = path.endswith("/")
    if resolve(path[:-1] if has_slash else f"{path}/").url_name == "missing":
        return "Start at /api/v1/."
    return f"Try it {'without the' if has_slash else 'with a'} slash at its end."


class Root(Index):
    """Leads people to the docs page and gives programs the index."""

    schema = None

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        if "text/html" in request.headers.get("Accept", ""):
            return self.get_renderers()[0], JSON
        return super().perform_content_negotiation(request, force)

    def get(self, request: Request) -> Any:
        if "text/html" in request.headers.get("Accept", ""):
            response = redirect("api:docs")
            response["Vary"] = "Accept"
            return response
        return super().get(request)


class OpenApi(PublicView):
    """The OpenAPI document."""

    schema = None

    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(document_bytes(), content_type=JSON)
