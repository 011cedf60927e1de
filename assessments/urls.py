from django.urls import path, re_path

from assessments.views import answering, benchmarks, questionnaires, result, stewardship, withdrawal

app_name = "assessments"

urlpatterns = [
    path("assessments/", answering.home, name="home"),
    path("assessments/start/", answering.start, name="start"),
    path("assessments/<uuid:assessment_id>/", answering.tasks, name="tasks"),
    path("assessments/<uuid:assessment_id>/items/<str:code>/", answering.item, name="item"),
    path("assessments/<uuid:assessment_id>/check/", answering.check, name="check"),
    path("assessments/<uuid:assessment_id>/result/", result.result, name="result"),
    path("assessments/<uuid:assessment_id>/result.json", result.result_json, name="result_json"),
    path("assessments/<uuid:assessment_id>/report/", result.report, name="report"),
    path("reports/<uuid:report_id>/state/", result.report_state, name="report_state"),
    path("reports/<uuid:report_id>/file/", result.report_file, name="report_file"),
    path("assessments/<uuid:assessment_id>/withdraw/", withdrawal.withdraw, name="withdraw"),
    path("benchmarks/", benchmarks.benchmarks, name="benchmarks"),
    path("benchmarks/method/", benchmarks.release_method, name="release_method"),
    path("method/", benchmarks.method, name="method"),
    path("questionnaires/", questionnaires.questionnaires, name="questionnaires"),
    re_path(
        r"^questionnaires/(?P<name>[a-z0-9-]+-[0-9]+[.][0-9]+[.][0-9]+)[.]json$",
        questionnaires.edition_json,
        name="edition_json",
    ),
    path("questionnaires/<slug:dimension>/", questionnaires.questionnaire, name="questionnaire"),
    path("schemas/instrument.schema.json", questionnaires.schema, name="instrument_schema"),
    path("i/<str:code>", questionnaires.item_address, name="item_address"),
    path("stewardship/", stewardship.home, name="stewardship"),
    path("stewardship/waves/<int:wave_id>/audit/", stewardship.audit, name="audit"),
    path("stewardship/candidates/<int:candidate_id>/", stewardship.candidate, name="candidate"),
    path(
        "stewardship/candidates/<int:candidate_id>/state/",
        stewardship.candidate_state,
        name="candidate_state",
    ),
    path("stewardship/releases/<slug:code>/", stewardship.release, name="steward_release"),
    path("stewardship/notes/<int:note_id>/", stewardship.note, name="note"),
    path("stewardship/organisations/", stewardship.organisations, name="steward_organisations"),
    path(
        "stewardship/organisations/<uuid:organisation_id>/",
        stewardship.organisation,
        name="steward_organisation",
    ),
    path("stewardship/webhooks/", stewardship.hooks, name="webhooks"),
    path(
        "stewardship/webhooks/<uuid:subscription_id>/end/",
        stewardship.hook_end,
        name="webhook_end",
    ),
]
