"""The library, its publications, the roadmap, the members and the glossary.

Publications and the roadmap also show how far the market has come, which this package does not
know. `publication_page` and `roadmap_page` take it from the site's own views, which know both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.web.pages import public_page
from publications import access, queries
from publications.forms import LibraryFilter, RoadmapFilter
from publications.machines import citations
from publications.models import Publication, Text
from publications.queries import Shown, Uptake

ROADMAP = "companion-roadmap"
GLOSSARY = "companion-glossary"
OKR_RECORD = "openknowledge.worldbank.org/entities/"
PORTAL = "Carbon Markets Infrastructure portal"


@dataclass(frozen=True, slots=True)
class Everything:
    """What a page about many publications shows, known by its version alone."""

    version: str


def _everything() -> Everything:
    return Everything(queries.library_version())


def _glossary() -> access.Found:
    return access.publication_for(GLOSSARY)


@public_page(_everything)
def library(request: HttpRequest, found: Everything) -> HttpResponse:
    form = LibraryFilter(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    entries = queries.library(on=queries.today(), **asked)
    groups = [
        (origin, list(group))
        for origin, group in groupby(entries, key=lambda entry: entry.publication.origin)
    ]
    return render(
        request,
        "publications/library.html",
        {"form": form, "groups": groups, "asked": any(asked.values()), "found": len(entries)},
        status=200 if form.is_valid() else 400,
    )


def publication_page(
    request: HttpRequest, found: access.Found, *, uptake: Mapping[str, Uptake]
) -> HttpResponse:
    """Show a publication in its current edition, or in the numbered one.

    `uptake` is by capability and belongs to the day, so an edition that is over has none.
    """
    record, edition = found.publication, found.edition
    measured = uptake if found.is_current else {}
    texts = queries.shown_texts(record.pk, edition, uptake=measured) if edition else []
    work = _work(found)
    return render(
        request,
        "publications/publication.html",
        {
            "publication": record,
            "edition": edition,
            "editions": found.entry.editions,
            "current": found.entry.current,
            "is_current": found.is_current,
            "texts": [(text, _part(work, text), _part_formats(text)) for text in texts],
            "contents": _contents(texts),
            "kicker": _kicker(record),
            "official_link": record.record_url if OKR_RECORD in record.record_url else "",
            "facts": _facts(record),
            "work": work,
            "citation_date": "/".join(f"{part:02d}" for part in work.issued),
            "canonical": _absolute(request.path),
            "citation": citations.text(work),
            "formats": _formats(found),
        },
    )


def roadmap_page(
    request: HttpRequest, found: access.Found, *, uptake: Mapping[str, Uptake]
) -> HttpResponse:
    """Show the actions by area and horizon, each with the uptake of what it is measured by."""
    assert found.edition is not None  # access to companion content needs an edition
    form = RoadmapFilter(request.GET)
    actor = form.cleaned_data.get("actor", "") if form.is_valid() else ""
    texts = queries.shown_texts(found.publication.pk, found.edition, uptake=uptake)
    areas = queries.roadmap_areas(texts, actor=actor)
    chosen = dict(form.fields["actor"].choices).get(actor, "") if actor else ""  # type: ignore[attr-defined]
    return render(
        request,
        "publications/roadmap.html",
        {
            "publication": found.publication,
            "edition": found.edition,
            "introduction": [text for text in texts if text.action is None],
            "areas": areas,
            "actions": sum(len(group.actions) for area in areas for group in area.horizons),
            "form": form,
            "chosen": chosen,
            "citation": citations.text(_work(found)),
            "formats": _formats(found),
        },
        status=200 if form.is_valid() else 400,
    )


@public_page(_glossary)
def glossary(request: HttpRequest, found: access.Found) -> HttpResponse:
    assert found.edition is not None
    texts = sorted(
        queries.shown_texts(found.publication.pk, found.edition),
        key=lambda text: text.title.casefold(),
    )
    letters = [
        (letter, list(group)) for letter, group in groupby(texts, key=lambda t: t.title[0].upper())
    ]
    return render(
        request,
        "publications/glossary.html",
        {
            "publication": found.publication,
            "edition": found.edition,
            "letters": letters,
            "terms": len(texts),
            "citation": citations.text(_work(found)),
            "formats": _formats(found),
        },
    )


@public_page(_everything)
def members(request: HttpRequest, found: Everything) -> HttpResponse:
    rows, publications = queries.membership_lists()
    categories = [
        (category, [(row, [_standing(row, p) for p in publications]) for row in group])
        for category, group in groupby(
            sorted(rows, key=lambda row: (row.category, row.name.casefold())),
            key=lambda row: row.category,
        )
    ]
    return render(
        request,
        "publications/members.html",
        {
            "categories": categories,
            "lists": [
                {
                    "publication": publication,
                    "year": publication.issued[:4],
                    "members": _count(rows, publication, "MEMBER"),
                    "observers": _count(rows, publication, "OBSERVER"),
                }
                for publication in publications
            ],
        },
    )


@require_safe
def provision(request: HttpRequest, label: str) -> HttpResponse:
    """Lead from a permanent label to where its words stand now."""
    address = queries.address_of(label, on=queries.today())
    if address is None:
        raise Http404("No provision has this label.")
    return HttpResponseRedirect(address)


@require_safe
def cite(request: HttpRequest, slug: str, form: str, number: int | None = None) -> HttpResponse:
    found = access.publication_for(slug, number)
    return _download(_work(found), form, f"{slug}-{number}" if number else slug)


@require_safe
def cite_provision(request: HttpRequest, label: str, form: str) -> HttpResponse:
    text = queries.recommendation_to_cite(label, on=queries.today())
    if text is None:
        raise Http404("No provision has this label.")
    return _download(_work_of_text(text), form, label)


def _download(work: citations.Work, form: str, name: str) -> HttpResponse:
    if form not in citations.FORMATS:
        raise Http404("No such form of citation.")
    response = HttpResponse(citations.render(work, form), content_type=citations.FORMATS[form][1])
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response["Cache-Control"] = "public, max-age=0, must-revalidate"
    return response


def _standing(row: queries.MemberRow, publication: Publication) -> str:
    """Say how a publication lists a member; a list that was cut off does not say "not named"."""
    if listing := row.listings.get(publication.pk):
        return str(listing.get_standing_display())
    return _("not readable") if publication.membership_remark and row.observes else "–"


def _count(rows: Sequence[queries.MemberRow], publication: Publication, standing: str) -> int:
    return sum(
        listing.standing == standing
        for row in rows
        if (listing := row.listings.get(publication.pk))
    )


def _contents(texts: Sequence[Shown]) -> list[dict[str, object]]:
    return [
        {
            "anchor": text.label,
            "title": text.title,
            "label": "" if text.kind == "SECTION" else text.label,
            "depth": 0 if text.kind == "SECTION" else 2,
        }
        for text in texts
        if text.kind != "TERM"
    ]


def _kicker(record: Publication) -> str:
    kind = str(record.get_kind_display())
    if record.is_companion:
        kind = _("Companion %(kind)s") % {"kind": kind.lower()}
    return f"{kind} {record.number}" if record.number else kind


def _facts(record: Publication) -> list[tuple[str, str]]:
    """Return what is known of an official publication, with links where there are any."""
    link = '<a href="{}">{}</a>'
    facts = [
        (_("Series"), record.series_line),
        (_("Author"), record.corporate_author),
        (
            _("Issued"),
            date_format(record.issued_date, "j F Y") if record.issued_date else record.issued,
        ),
        (_("Subgroup chaired by"), "; ".join(record.chairs)),
        (_("Licence"), record.licence),
        *((fact["label"], fact["value"]) for fact in record.facts),
        (_("Permanent handle"), record.handle and format_html(link, record.handle, record.handle)),
        (
            _("Where to read it"),
            record.record_url and format_html(link, record.record_url, record.record_label),
        ),
    ]
    return [(label, value) for label, value in facts if value]


def _absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def _authors(record: Publication) -> tuple[str, ...]:
    return (
        tuple(name.strip() for name in record.corporate_author.split(";"))
        if (record.corporate_author)
        else (PORTAL,)
    )


def _work(found: access.Found) -> citations.Work:
    record, edition = found.publication, found.edition
    if edition is None:
        return citations.Work(
            key=record.slug,
            title=record.title,
            authors=_authors(record),
            issued=citations.issued(record.issued),
            publisher="World Bank, Washington, DC" if record.handle else "",
            url=record.handle or record.record_url,
            series=record.series_line,
        )
    return citations.Work(
        key=f"{record.slug}-{edition.number}",
        title=record.title,
        authors=_authors(record),
        issued=citations.issued(edition.published_date),
        edition=edition.number,
        publisher=PORTAL,
        url=_absolute(reverse("publications:edition", args=[record.slug, edition.number])),
    )


def _part(work: citations.Work, text: Shown) -> str:
    return citations.text(_work_of_part(work, text.label, text.title))


def _part_formats(text: Shown) -> list[tuple[str, str]]:
    return [
        (name, reverse("publications:cite_provision", args=[text.label, form]))
        for form, (name, _mime) in citations.FORMATS.items()
    ]


def _work_of_part(work: citations.Work, label: str, title: str) -> citations.Work:
    return citations.Work(
        key=label,
        title=work.title,
        authors=work.authors,
        issued=work.issued,
        edition=work.edition,
        publisher=work.publisher,
        part_label=label,
        part_title=title,
        url=f"{work.url}#{label}",
    )


def _work_of_text(text: Text) -> citations.Work:
    record, edition = text.edition.publication, text.edition
    work = citations.Work(
        key=record.slug,
        title=record.title,
        authors=_authors(record),
        issued=citations.issued(edition.published_date),
        edition=edition.number,
        publisher=PORTAL,
        url=_absolute(reverse("publications:edition", args=[record.slug, edition.number])),
    )
    return _work_of_part(work, text.provision.label, text.title)


def _formats(found: access.Found) -> list[tuple[str, str]]:
    slug = found.publication.slug
    if found.edition is None or found.is_current:
        return [
            (name, reverse("publications:cite", args=[slug, form]))
            for form, (name, _mime) in citations.FORMATS.items()
        ]
    return [
        (name, reverse("publications:cite_edition", args=[slug, found.edition.number, form]))
        for form, (name, _mime) in citations.FORMATS.items()
    ]
