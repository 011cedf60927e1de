"""The addresses of the API. They are permanent: what moves leaves a redirect."""

from django.urls import path, re_path

from assessments.api import docs, exchange, views

app_name = "api"

urlpatterns = [
    path("", views.Root.as_view(), name="root"),
    path("docs/", docs.page, name="docs"),
    path("schema/", views.OpenApi.as_view(), name="schema"),
    path("v1/", views.Index.as_view(), name="index"),
    path("v1/releases", views.ReleaseList.as_view(), name="releases"),
    path("v1/releases/latest", views.LatestRelease.as_view(), name="latest"),
    re_path(
        r"^v1/releases/latest"
        r"(?P<rest>/(?:cohorts|observations|data|resolve|structure|package|datapackage\.json|"
        r"data\.csv|cohorts\.csv|measures\.csv|release\.json|cohorts/[A-Za-z0-9:+-]{1,120}/data))$",
        views.LatestBelow.as_view(),
        name="latest-below",
    ),
    path("v1/releases/<slug:release>", views.ReleaseDetail.as_view(), name="release"),
    path(
        "v1/releases/<slug:release>/cohorts", views.ReleaseCohorts.as_view(), name="release-cohorts"
    ),
    path(
        "v1/releases/<slug:release>/observations",
        views.ReleaseObservations.as_view(),
        name="release-observations",
    ),
    path("v1/releases/<slug:release>/data", exchange.ReleaseData.as_view(), name="release-data"),
    path(
        "v1/releases/<slug:release>/structure",
        exchange.ReleaseStructure.as_view(),
        name="release-structure",
    ),
    path(
        "v1/releases/<slug:release>/package",
        exchange.ReleasePackage.as_view(),
        name="release-package",
    ),
    path(
        "v1/releases/<slug:release>/datapackage.json",
        exchange.ReleaseDescriptor.as_view(),
        name="release-descriptor",
    ),
    re_path(
        r"^v1/releases/(?P<release>[-a-zA-Z0-9_]+)/"
        r"(?P<file>data\.csv|cohorts\.csv|measures\.csv|release\.json)$",
        exchange.ReleaseFile.as_view(),
        name="release-file",
    ),
    path("v1/releases/<slug:release>/resolve", views.Resolve.as_view(), name="resolve"),
    path(
        "v1/releases/<slug:release>/cohorts/<str:cohort>/data",
        views.CohortData.as_view(),
        name="cohort-data",
    ),
    path("v1/publications", views.PublicationList.as_view(), name="publications"),
    path("v1/publications/<slug:slug>", views.PublicationDetail.as_view(), name="publication"),
    path("v1/provisions", views.ProvisionList.as_view(), name="provisions"),
    path("v1/provisions/<str:label>", views.ProvisionDetail.as_view(), name="provision"),
    path("v1/members", views.MemberList.as_view(), name="members"),
    path("v1/instruments", views.InstrumentList.as_view(), name="instruments"),
    path(
        "v1/instruments/<slug:code>/<str:version>",
        views.InstrumentDocument.as_view(),
        name="instrument",
    ),
    path("v1/instruments/<slug:code>/<str:version>/items", views.ItemList.as_view(), name="items"),
    path("v1/codes", views.CodeLists.as_view(), name="codes"),
    path("v1/codes/countries", views.Countries.as_view(), name="countries"),
    path("v1/codes/<str:code_list>", views.CodeListDetail.as_view(), name="code-list"),
    re_path(r"^(?P<rest>(?s:.*))$", views.Missing.as_view(), name="missing"),
]
