"""The addresses of the API. They are permanent: what moves leaves a redirect."""

from django.urls import path, re_path

from assessments.benchmarks.api import codes as api_codes
from assessments.benchmarks.api import exchange
from assessments.benchmarks.api import releases as views
from assessments.benchmarks.queries import current_release_code
from assessments.questionnaires import api as questionnaires_api
from portal.api import docs
from portal.api import views as api_views
from portal.vocabulary import api as vocabulary_api
from publications import api as publications_api

app_name = "api"

urlpatterns = [
    path("", api_views.Root.as_view(), name="root"),
    path("docs/", docs.page(current_release_code), name="docs"),
    path("schema/", api_views.OpenApi.as_view(), name="schema"),
    path("v1/", api_views.Index.as_view(), name="index"),
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
    path("v1/publications", publications_api.PublicationList.as_view(), name="publications"),
    path(
        "v1/publications/<slug:slug>",
        publications_api.PublicationDetail.as_view(),
        name="publication",
    ),
    path("v1/provisions", publications_api.ProvisionList.as_view(), name="provisions"),
    path("v1/provisions/<str:label>", publications_api.ProvisionDetail.as_view(), name="provision"),
    path("v1/members", publications_api.MemberList.as_view(), name="members"),
    path("v1/instruments", questionnaires_api.InstrumentList.as_view(), name="instruments"),
    path(
        "v1/instruments/<slug:code>/<str:version>",
        questionnaires_api.InstrumentDocument.as_view(),
        name="instrument",
    ),
    path(
        "v1/instruments/<slug:code>/<str:version>/items",
        questionnaires_api.ItemList.as_view(),
        name="items",
    ),
    path("v1/codes", api_codes.CodeLists.as_view(), name="codes"),
    path("v1/codes/countries", vocabulary_api.Countries.as_view(), name="countries"),
    path("v1/codes/<str:code_list>", api_codes.CodeListDetail.as_view(), name="code-list"),
    re_path(r"^(?P<rest>(?s:.*))$", api_views.Missing.as_view(), name="missing"),
]
