"""The gallery page and the job its progress bar follows."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation

from portal.web.gallery import samples

View = Callable[[HttpRequest], HttpResponse]


def development_only(view: View) -> View:
    """Return 404 outside development, whatever the map of addresses says."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not settings.DEBUG:
            raise Http404
        return view(request)

    return guarded


@development_only
def gallery(request: HttpRequest) -> HttpResponse:
    """Show every component; `errors`, `direction` and `language` in the address vary it."""
    language = request.GET.get("language", "en-gb")
    data = {"level": "3", "name": ""} if "errors" in request.GET else None
    with translation.override(language):
        context = {
            "form": samples.GalleryForm(data),
            "anchors": samples.ANCHORS,
            "texts": samples.TEXTS,
            "page": Paginator(range(90), 10).page(4),
            "contents": [
                {"anchor": "IS-S01", "title": "What is at stake"},
                {"anchor": "IS-R01", "label": "IS-R01", "title": "Protect every account"},
            ],
            "formats": [("BibTeX", "/x.bib"), ("RIS", "/x.ris")],
            "positions": samples.POSITIONS,
            "bands": samples.BANDS,
            "codes": samples.CODES,
            "profile": samples.PROFILE,
            "counts": [5, 25, 40, 20, 5],
            "many": [35, 180, 290, 145, 20],
            "ranges": samples.RANGES,
            "gaps": samples.GAPS,
            "slopes": samples.SLOPES,
            "heat": samples.HEAT,
            "direction": request.GET.get("direction", "ltr"),
        }
        return render(request, "gallery/gallery.html", context)


@development_only
def state(request: HttpRequest) -> HttpResponse:
    """Answer the gallery's progress bar as a finished job would."""
    return JsonResponse(
        {"state": "READY", "progress": 100, "stage": "Ready", "finished": True, "url": "/?ready"}
    )
