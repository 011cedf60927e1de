from django.urls import path

from assessments.answering import views

urlpatterns = [
    path("assessments/", views.home, name="home"),
    path("assessments/start/", views.start, name="start"),
    path("assessments/<uuid:assessment_id>/", views.tasks, name="tasks"),
    path("assessments/<uuid:assessment_id>/items/<str:code>/", views.item, name="item"),
]
