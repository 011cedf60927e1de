"""The ways into the API: index, OpenAPI document, and what is not there."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import resolve
from rest_framework.request import Request
from rest_framework.response import Response

from portal.api import serializers
from portal.api.base import PublicView, address, envelope
from portal.api.problems import Problem
from portal.api.rendering import JSON
from portal.api.schema import document_bytes

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
