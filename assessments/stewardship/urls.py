from django.urls import path

from assessments.stewardship import views

urlpatterns = [
    path("stewardship/", views.home, name="stewardship"),
    path("stewardship/waves/<int:wave_id>/audit/", views.audit, name="audit"),
    path("stewardship/candidates/<int:candidate_id>/", views.candidate, name="candidate"),
    path(
        "stewardship/candidates/<int:candidate_id>/state/",
        views.candidate_state,
        name="candidate_state",
    ),
    path("stewardship/releases/<slug:code>/", views.release, name="steward_release"),
    path("stewardship/notes/<int:note_id>/", views.note, name="note"),
    path("stewardship/organisations/", views.organisations, name="steward_organisations"),
    path(
        "stewardship/organisations/<uuid:organisation_id>/",
        views.organisation,
        name="steward_organisation",
    ),
    path("stewardship/webhooks/", views.hooks, name="webhooks"),
    path(
        "stewardship/webhooks/<uuid:subscription_id>/end/",
        views.hook_end,
        name="webhook_end",
    ),
]
