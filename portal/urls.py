"""The map of the site."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from assessments.reports import views as reports
from portal import views
from portal.jobs import views as jobs
from publications import urls as guidance

urlpatterns = [
    path("", views.home, name="home"),
    path("health/", views.health, name="health"),
    path("verify/", reports.verify, name="verify"),
    path("verify/<str:code>/", reports.verify_code, name="verify_code"),
    path("admin/jobs/", admin.site.admin_view(jobs.jobs), name="admin_jobs"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("portal.accounts.urls")),
    path(
        "",
        include(
            (
                guidance.patterns(publication=views.publication, roadmap=views.roadmap),
                guidance.app_name,
            )
        ),
    ),
    path("", include("assessments.urls")),
    path("api/", include("portal.api_urls")),
]

if settings.DEBUG:
    urlpatterns.append(path("gallery/", include("portal.web.gallery.urls")))

handler400 = "portal.views.bad_request"
handler403 = "portal.views.permission_denied"
handler404 = "portal.views.not_found"
handler500 = "portal.views.server_error"
