"""The addresses of guidance. Those of provisions and editions are permanent."""

from collections.abc import Callable

from django.http import HttpResponse
from django.urls import URLPattern, path

from publications import views

app_name = "publications"


def patterns(
    *, publication: Callable[..., HttpResponse], roadmap: Callable[..., HttpResponse]
) -> list[URLPattern]:
    """Return the addresses, with the site's own views of what shows more than guidance."""
    return [
        path("publications/", views.library, name="library"),
        path("publications/<slug:slug>/", publication, name="publication"),
        path("publications/<slug:slug>/cite.<slug:form>", views.cite, name="cite"),
        path("publications/<slug:slug>/<int:number>/", publication, name="edition"),
        path(
            "publications/<slug:slug>/<int:number>/cite.<slug:form>",
            views.cite,
            name="cite_edition",
        ),
        path("r/<slug:label>", views.provision, name="provision"),
        path("r/<slug:label>/cite.<slug:form>", views.cite_provision, name="cite_provision"),
        path("roadmap/", roadmap, name="roadmap"),
        path("members/", views.members, name="members"),
        path("glossary/", views.glossary, name="glossary"),
    ]
