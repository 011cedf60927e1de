"""Serves the gallery beside the site's own addresses."""

from __future__ import annotations

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import engines
from django.urls import include, path
from django.utils import translation

from portal import views
from portal.web import charts
from tests.portal.web.gallery import TEMPLATE

LEVELS = [(str(n), f"{n} {name}") for n, name in enumerate(charts.LEVEL_NAMES)]
ANCHORS = {
    "0": "Users share accounts, or sign in with a password alone.",
    "1": "Some administrators use a second factor by their own choice.",
    "2": "An approved rule demands a second factor for every account that can change a record.",
    "3": "Every such account signs in with two factors; the coverage report of the last 12 months "
    "shows no unexplained exception.",
    "4": "As 3, and an independent test within 24 months confirmed it and its findings are closed.",
}


class GalleryForm(forms.Form):
    name = forms.CharField(label="Name of the organisation", help_text="As in the public register")
    country = forms.ChoiceField(label="Country", choices=[("", "Choose"), ("KE", "Kenya")])
    note = forms.CharField(label="Note", widget=forms.Textarea, required=False)
    level = forms.ChoiceField(label="Level", choices=LEVELS, widget=forms.RadioSelect)
    modules = forms.MultipleChoiceField(
        label="Questionnaires",
        choices=[("EG", "Ecosystem governance"), ("IS", "Information security")],
        widget=forms.CheckboxSelectMultiple,
    )
    agree = forms.BooleanField(label="I may answer for this organisation")


def gallery(request: HttpRequest) -> HttpResponse:
    language = request.GET.get("language", "en-gb")
    data = {"level": "3", "name": ""} if "errors" in request.GET else None
    with translation.override(language):
        template = engines["django"].from_string(TEMPLATE.read_text())
        context = {
            "form": GalleryForm(data),
            "anchors": ANCHORS,
            "page": Paginator(range(90), 10).page(4),
            "contents": [
                {"anchor": "IS-S01", "title": "What is at stake"},
                {"anchor": "IS-R01", "label": "IS-R01", "title": "Protect every account"},
            ],
            "formats": [("BibTeX", "/x.bib"), ("RIS", "/x.ris")],
            "positions": POSITIONS,
            "profile": PROFILE,
            "counts": [5, 25, 40, 20, 5],
            "many": [35, 180, 290, 145, 20],
            "ranges": RANGES,
            "gaps": GAPS,
            "slopes": SLOPES,
            "heat": HEAT,
            "direction": request.GET.get("direction", "ltr"),
        }
        return HttpResponse(template.render(context, request))


def state(request: HttpRequest) -> HttpResponse:
    return JsonResponse(
        {"state": "READY", "progress": 100, "stage": "Ready", "finished": True, "url": "/?ready"}
    )


POSITIONS = [
    charts.Position(
        label="Legal basis and mandate", code="EG1", score=75.0, q1=45, median=60, q3=70,
        n_band="20–29",
    ),
    charts.Position(
        label="Board oversight and accountability", code="EG2", score=52.0, q1=40, median=50,
        q3=65, n_band="20–29", uncertain=True,
    ),
    charts.Position(
        label="Independence and conflicts of interest", code="EG3", score=18.0, q1=30, median=45,
        q3=60, n_band="15–19",
    ),
    charts.Position(label="Rulemaking and transparency", code="EG4", score=None, q1=30, median=45,
                    q3=60, n_band="15–19"),
    charts.Position(label="Grievance, oversight and coordination", code="EG5", score=100.0),
]  # fmt: skip
PROFILE = [
    charts.ProfileBar(label="Ecosystem governance", code="EG", score=70.1786, level=3,
                      level_name="Established"),
    charts.ProfileBar(label="Transaction integrity", code="TI", score=81.2, level=3,
                      level_name="Established", cap=3),
    charts.ProfileBar(label="Information security", code="IS", score=76.9, level=3,
                      level_name="Established"),
    charts.ProfileBar(label="Interoperability", code="IN", score=61.2, level=2,
                      level_name="Defined", cap=2),
    charts.ProfileBar(label="Digital MRV", code="DM", score=None, level=None),
]  # fmt: skip
RANGES = [
    charts.Range(label="Another value map", value=66.3665, low=66.3665, high=70.2),
    charts.Range(label="Equal weights", value=66.3665, low=60.1, high=66.3665),
    charts.Range(label="Leaving out one capability", value=66.3665, low=65.4, high=68.0,
                 note="lowest without EG1"),
]  # fmt: skip
GAPS = [
    charts.Gap(label="Legal basis and mandate", code="EG1", points=-15, shown="−15"),
    charts.Gap(label="Rulemaking", code="EG4", points=4, shown="+4", uncertain=True),
    charts.Gap(label="Grievance", code="EG5", points=None, shown="–"),
]
SLOPES = [
    charts.Slope(label="Overall index", before=55, before_half=9, after=60, after_half=8,
                 words="no difference that these figures can tell", is_clear=False),
    charts.Slope(label="Digital MRV", code="DM", before=40, before_half=9, after=62, after_half=7,
                 words="higher", is_clear=True),
    charts.Slope(label="Interoperability", code="IN", before=40, before_half=9, after=None,
                 after_half=None, words="no material change", is_clear=False),
]  # fmt: skip
HEAT: list[charts.HeatRow | dict[str, object]] = [
    {"label": "Registries", "note": "45–99", "url": "/?a", "is_current": True,
     "cells": [10, 35, 55, 70, 90, None]},
    charts.HeatRow(label="Ecosystem governance", code="EG",
                   cells=[charts.HeatCell(value=70.25, label="EG1")] * 6),
]  # fmt: skip

handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.not_found
handler500 = views.server_error

urlpatterns = [
    path("", views.home, name="home"),
    path("health/", views.health, name="health"),
    path("gallery/", gallery, name="gallery"),
    path("gallery/state/", state, name="gallery_state"),
    path("accounts/", include("allauth.urls")),
    path(
        "publications/",
        include(
            (
                [
                    path("", views.health, name="library"),
                    path("roadmap/", views.health, name="roadmap"),
                    path("members/", views.health, name="members"),
                    path("glossary/", views.health, name="glossary"),
                    path("<slug:slug>/", views.health, name="publication"),
                ],
                "publications",
            )
        ),
    ),
    path(
        "assessments/",
        include(
            (
                [
                    path("", views.health, name="home"),
                    path("start/", views.health, name="start"),
                    path("questionnaires/", views.health, name="questionnaires"),
                    path("benchmarks/", views.health, name="benchmarks"),
                    path("method/", views.health, name="method"),
                ],
                "assessments",
            )
        ),
    ),
]
