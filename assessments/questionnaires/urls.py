from django.urls import path, re_path

from assessments.questionnaires import views

urlpatterns = [
    path("questionnaires/", views.questionnaires, name="questionnaires"),
    re_path(
        r"^questionnaires/(?P<name>[a-z0-9-]+-[0-9]+[.][0-9]+[.][0-9]+)[.]json$",
        views.edition_json,
        name="edition_json",
    ),
    path("questionnaires/<slug:dimension>/", views.questionnaire, name="questionnaire"),
    path("schemas/instrument.schema.json", views.instrument_schema, name="instrument_schema"),
    path("schemas/result.schema.json", views.result_schema, name="result_schema"),
    path("schemas/release.schema.json", views.release_schema, name="release_schema"),
    path("i/<str:code>", views.item_address, name="item_address"),
]
