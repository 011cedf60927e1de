from django.urls import path

from assessments.submissions import views

urlpatterns = [
    path("assessments/<uuid:assessment_id>/check/", views.check, name="check"),
    path("assessments/<uuid:assessment_id>/withdraw/", views.withdraw, name="withdraw"),
]
