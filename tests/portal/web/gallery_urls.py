"""Serves the gallery beside the site's own addresses, which stand in for pages with data."""

from __future__ import annotations

from django.urls import include, path

from portal import views

handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.not_found
handler500 = views.server_error

urlpatterns = [
    path("", views.home, name="home"),
    path("health/", views.health, name="health"),
    path("gallery/", include("portal.web.gallery.urls")),
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
