"""Is a report genuine? Answered to anyone who holds its code."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from assessments.models.report import CODE_ALPHABET
from assessments.queries.reports import report_by_code

LENGTH, GROUP = 26, 5


@never_cache
@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """Take a typed code to its page; without one, say what this is for."""
    typed = request.GET.get("code", "")
    if not typed.strip():
        return render(request, "assessments/verify.html", {"missing": "code" in request.GET})
    code = _normal(typed)
    if code is None:
        return _unknown(request, typed)
    return redirect("verify_code", code)


@never_cache
@require_safe
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """Confirm a report by its code: date, state and hash, and its name only if it consents.

    A code nobody has and one of a report without a file are answered alike.
    """
    normal = _normal(code)
    found = report_by_code(normal) if normal else None
    if found is None:
        return _unknown(request, code)
    if normal != code:
        return redirect("verify_code", normal)
    response = render(request, "assessments/verify_code.html", {"report": found})
    response["X-Robots-Tag"] = "noindex"
    return response


def _unknown(request: HttpRequest, typed: str) -> HttpResponse:
    return render(
        request,
        "assessments/verify.html",
        {"unknown": True, "typed": typed[:60]},
        status=HTTPStatus.NOT_FOUND,
    )


def _normal(typed: str) -> str | None:
    """Return a code as it is printed, whatever spaces, dashes and case it was typed with."""
    letters = [letter for letter in typed.upper() if letter in CODE_ALPHABET]
    others = {letter for letter in typed.upper() if letter not in CODE_ALPHABET}
    if len(letters) != LENGTH or others - set(" -\t–—"):
        return None
    text = "".join(letters)
    return "-".join(text[i : i + GROUP] for i in range(0, LENGTH, GROUP))
