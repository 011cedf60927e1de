"""Publications, provisions and members over the API. A field that is not listed stays private."""

# mypy: disable-error-code="assignment"
# DRF takes fields off the class, so one called `data` or `label` hides nothing of a serializer.

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from rest_framework.fields import BooleanField, CharField, DateField, IntegerField, URLField
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api.base import PublicView, TableView, address, envelope, wants_csv
from portal.api.pagination import PageQuery
from portal.api.parameters import Choice, Parameters, Pattern
from portal.api.problems import Problem
from portal.api.serializers import Out, Paged, Payload, texts
from publications import queries as publication_queries
from publications.models import Edition, Link, Origin, Provision, Publication, RoadmapAction, Text

# Guidance


SLUG = r"[-a-z0-9_]{1,80}"
PROVISION_KINDS = tuple(Provision.Kind.values)


class PublicationEditionOut(Out):
    number = IntegerField()
    state = CharField()
    published_date = DateField()
    change_note = CharField()
    sha256 = CharField()


class FactOut(Out):
    label = CharField()
    value = CharField()


class PublicationOut(Out):
    slug = CharField()
    kind = CharField()
    origin = CharField(
        help_text="OFFICIAL: a record of the working group. COMPANION: drafted by this portal."
    )
    number = IntegerField(allow_null=True)
    title = CharField()
    title_known = BooleanField()
    subtitle = CharField()
    series_line = CharField()
    dimension = CharField()
    abstract = CharField()
    corporate_author = CharField()
    chairs = texts()
    contributors = texts()
    issued = CharField(help_text="As exact as known, or empty.")
    licence = CharField(help_text="Of the publication itself, where known.")
    handle = CharField()
    record_url = CharField()
    retrieved_date = DateField(allow_null=True)
    citation = CharField()
    facts = FactOut(many=True)
    url = URLField()
    page = URLField(help_text="Where people read it.")


class PublicationListOut(Paged):
    data = PublicationOut(many=True)


class PublicationDetailOut(Payload):
    publication = PublicationOut()
    editions = PublicationEditionOut(many=True)


class ActionOut(Out):
    area = CharField()
    horizon = CharField()
    actors = texts()
    status = CharField()
    measure = CharField()


class ProvisionOut(Out):
    id = CharField(help_text="Permanent UUID.")
    label = CharField(help_text="Permanent label.")
    kind = CharField()
    origin = CharField()
    publication = CharField()
    edition = IntegerField()
    title = CharField()
    markdown = CharField()
    audience = texts(help_text="Respondent types; empty for all.")
    grounding = texts(help_text="The public standards behind it.")
    items = texts(help_text="Questionnaire items that show whether it is followed.")
    provisions = texts(help_text="Labels of provisions it names.")
    action = ActionOut(allow_null=True)
    url = URLField()
    page = URLField(help_text="Where people read it.")


class ProvisionListOut(Paged):
    data = ProvisionOut(many=True)


class ProvisionDetailOut(Payload):
    provision = ProvisionOut()


class ListingOut(Out):
    publication = CharField()
    standing = CharField()
    printed_as = CharField()


class MemberOut(Out):
    name = CharField()
    category = CharField()
    listings = ListingOut(many=True)


class MemberListOut(Paged):
    data = MemberOut(many=True)


# Guidance


class PublicationsQuery(PageQuery):
    origin = Choice(
        "`OFFICIAL` records of the working group, or `COMPANION` texts.",
        example="COMPANION",
        choices=tuple(Origin.values),
    )


class PublicationPath(Parameters):
    slug = Pattern(
        "The publication's permanent name.",
        example="companion-information-security",
        pattern=SLUG,
    )


class ProvisionsQuery(PageQuery):
    kind = Choice("One kind of provision.", example="RECOMMENDATION", choices=PROVISION_KINDS)
    publication = Pattern(
        "One publication, by its slug.", example="companion-information-security", pattern=SLUG
    )
    origin = Choice("`OFFICIAL` or `COMPANION`.", example="COMPANION", choices=tuple(Origin.values))


class ProvisionPath(Parameters):
    label = Pattern("The permanent label.", example="IS-R07", pattern=r"[A-Za-z0-9._-]{1,60}")


class PublicationList(TableView):
    """The official records of the working group and the companion texts of this portal."""

    tag = "Guidance"
    summary = "List the publications"
    answer = PublicationListOut
    query_parameters = PublicationsQuery
    columns = (
        *("slug", "kind", "origin", "number", "title", "subtitle", "dimension", "issued"),
        *("abstract", "record_url", "citation", "url", "page", "licence"),
    )

    def get(self, request: Request) -> Response:
        publications = publication_queries.current_publications()
        if origin := self.params.get("origin"):
            publications = [each for each in publications if each.origin == origin]
        return self.paginated(publications, _publication_out)


class PublicationDetail(PublicView):
    """One publication and its editions. Official records have a link to the record instead."""

    tag = "Guidance"
    summary = "Describe a publication"
    answer = PublicationDetailOut
    path_parameters = PublicationPath
    not_found_message = (
        "There is no publication of that name. They are listed at /api/v1/publications."
    )

    def get(self, request: Request, slug: str) -> Response:
        entry = publication_queries.publication_entry(slug, on=publication_queries.today())
        if entry is None:
            raise Http404
        return Response(
            envelope(
                publication=_publication_out(entry.publication),
                editions=PublicationEditionOut(entry.editions, many=True).data,
            )
        )


class ProvisionList(TableView):
    """Recommendations, roadmap actions, sections and terms in the words now in force."""

    tag = "Guidance"
    summary = "List the provisions"
    answer = ProvisionListOut
    query_parameters = ProvisionsQuery
    columns = (
        *("label", "kind", "origin", "publication", "edition", "title", "audience", "grounding"),
        *("items", "provisions", "action.area", "action.horizon", "action.actors"),
        *("action.status", "action.measure", "id", "url", "page", "licence"),
    )

    def get(self, request: Request) -> Response:
        slug = self.params.get("publication")
        if slug and not Publication.objects.filter(slug=slug).exists():
            raise Problem(
                "bad-parameter",
                f"publication is '{slug}', and there is no publication of that name. They are "
                "listed at /api/v1/publications.",
                parameter="publication",
            )
        texts = current_provisions(
            kind=self.params.get("kind"),
            publication=self.params.get("publication"),
            origin=self.params.get("origin"),
        )
        return self.paginated(texts, _provision_out, prepare=described)


class ProvisionDetail(PublicView):
    """One provision by its permanent label."""

    tag = "Guidance"
    summary = "Read a provision"
    answer = ProvisionDetailOut
    path_parameters = ProvisionPath
    not_found_message = (
        "There is no provision of that label. They are listed at /api/v1/provisions."
    )

    def get(self, request: Request, label: str) -> Response:
        text = provision_labelled(label)
        if text is None:
            raise Http404
        [row] = described([text])
        return Response(envelope(provision=_provision_out(row)))


class MemberList(TableView):
    """The members and observers of the working group, as its publications list them."""

    tag = "Guidance"
    summary = "List the members"
    answer = MemberListOut
    query_parameters = PageQuery
    columns = ("name", "category", "publications", "licence")

    def get(self, request: Request) -> Response:
        rows, _publications = publication_queries.membership_lists()
        return self.paginated(rows, _member_row if wants_csv(request) else _member_out)


def _publication_out(publication: Publication) -> dict[str, Any]:
    publication.url = address("publication", publication.slug)  # type: ignore[attr-defined]  # read by the serializer
    path = reverse("publications:publication", args=[publication.slug])
    publication.page = f"{settings.SITE_URL}{path}"  # type: ignore[attr-defined]  # likewise
    return dict(PublicationOut(publication).data)


def _provision_out(row: dict[str, Any]) -> dict[str, Any]:
    path = publication_queries.provision_path(row["label"])
    urls = {"url": address("provision", row["label"]), "page": f"{settings.SITE_URL}{path}"}
    return dict(ProvisionOut({**row, **urls}).data)


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
    return dict(MemberOut(member).data)


def _member_row(row: publication_queries.MemberRow) -> dict[str, Any]:
    member = _member_out(row)
    listed = [f"{each['publication']} ({each['standing']})" for each in member["listings"]]
    return {**member, "publications": listed}


def current_provisions(
    *, kind: str | None = None, publication: str | None = None, origin: str | None = None
) -> QuerySet[Text]:
    """Return the current texts, in the order of the library and of each publication."""
    texts = Text.objects.filter(
        edition__in=Edition.objects.current(on=timezone.localdate()), language="en"
    ).select_related("provision", "edition__publication")
    if kind is not None:
        texts = texts.filter(provision__kind=kind)
    if publication is not None:
        texts = texts.filter(edition__publication__slug=publication)
    if origin is not None:
        texts = texts.filter(provision__origin=origin)
    return texts.order_by("edition__publication__position", "edition__publication_id", "position")


def provision_labelled(label: str) -> Text | None:
    return current_provisions().filter(provision__label=label).first()


def described(texts: Sequence[Text]) -> list[dict[str, Any]]:
    """Return texts with the items and provisions they name, and their actions: two queries."""
    ids = [text.provision_id for text in texts]
    items: dict[UUID, list[str]] = {id_: [] for id_ in ids}
    names: dict[UUID, list[str]] = {id_: [] for id_ in ids}
    links = Link.objects.filter(source__in=ids).order_by("target_item", "target__label")
    for source, item, label in links.values_list("source", "target_item", "target__label"):
        (items if item else names)[source].append(item or label)
    actions = {
        action.provision_id: action
        for action in RoadmapAction.objects.filter(provision__in=ids).select_related("area")
    }
    return [
        {
            "id": str(text.provision_id),
            "label": text.provision.label,
            "kind": text.provision.kind,
            "origin": text.provision.origin,
            "publication": text.edition.publication.slug,
            "edition": text.edition.number,
            "title": text.title,
            "markdown": text.markdown,
            "audience": list(text.audience),
            "grounding": list(text.grounding),
            "items": items[text.provision_id],
            "provisions": names[text.provision_id],
            "action": _action(actions.get(text.provision_id)),
        }
        for text in texts
    ]


def _action(action: RoadmapAction | None) -> dict[str, Any] | None:
    if action is None:
        return None
    return {
        "area": action.area.title,
        "horizon": action.horizon,
        "actors": list(action.actors),
        "status": action.status,
        "measure": action.measure,
    }
