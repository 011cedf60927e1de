"""Home, health, the pages for what went wrong, and those that show guidance beside benchmarks."""

from __future__ import annotations

import errno
import sys

from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assessments.benchmarks import uptake
from portal.vocabulary import names
from portal.web.charts import LEVEL_NAMES, ProfileBar
from portal.web.pages import public_page
from publications import access
from publications import views as guidance
from publications.models import Origin, Publication

SECONDS_TO_WAIT = 30

# The declared view of the method's worked example: dimension, score, level, highest level allowed
# by the minimum standards.
WORKED_EXAMPLE = [
    ("EG", 1965 / 28, 3, 4),
    ("TI", 2039 / 28, 3, 3),
    ("IS", 923 / 12, 3, 4),
    ("IN", 1517 / 28, 2, 4),
    ("DM", 725 / 12, 3, 4),
]


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    publications = list(Publication.objects.exclude(kind=Publication.Kind.GLOSSARY))
    return render(
        request,
        "portal/home.html",
        {
            "example": [
                ProfileBar(
                    label=str(names.DIMENSIONS_IN_SHORT[code]),
                    code=code,
                    score=score,
                    level=level,
                    level_name=str(LEVEL_NAMES[level]),
                    cap=cap,
                )
                for code, score, level, cap in WORKED_EXAMPLE
            ],
            "official": [p for p in publications if p.origin == Origin.OFFICIAL],
            "companions": [p for p in publications if p.origin == Origin.COMPANION],
        },
    )


def _publication(slug: str, number: int | None = None) -> access.Found:
    return access.publication_for(slug, number, extra_column=uptake.current_release_hash())


def _roadmap() -> access.Found:
    return _publication(guidance.ROADMAP)


@public_page(_publication)
def publication(request: HttpRequest, found: access.Found) -> HttpResponse:
    """A publication, each recommendation with how far the market has come."""
    return guidance.publication_page(request, found, uptake=uptake.measured(found.extra_column))


@public_page(_roadmap)
def roadmap(request: HttpRequest, found: access.Found) -> HttpResponse:
    """The roadmap, each action with how far the market has come."""
    return guidance.roadmap_page(request, found, uptake=uptake.measured(found.extra_column))


@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when the database answers; one that does not raises, which answers 503."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return JsonResponse({"status": "ok"})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer without the request: whatever broke, a database perhaps, may break again.

    What is stored cannot be reached, or the disk is full: that passes, and is told apart.
    """
    if not _cannot_store(sys.exc_info()[1]):
        return HttpResponse(render_to_string("500.html"), status=500)
    response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = str(SECONDS_TO_WAIT)
    return response


def _cannot_store(mistake: BaseException | None) -> bool:
    if isinstance(mistake, OSError):
        return mistake.errno in (errno.ENOSPC, errno.EDQUOT)
    return isinstance(mistake, OperationalError | InterfaceError)
