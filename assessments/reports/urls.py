from django.urls import path

from assessments.reports import views

urlpatterns = [
    path("assessments/<uuid:assessment_id>/result/", views.result, name="result"),
    path("assessments/<uuid:assessment_id>/result.json", views.result_json, name="result_json"),
    path("assessments/<uuid:assessment_id>/report/", views.report, name="report"),
    path("reports/<uuid:report_id>/state/", views.report_state, name="report_state"),
    path("reports/<uuid:report_id>/file/", views.report_file, name="report_file"),
]
