from django.urls import path

from assessments.benchmarks.views import method, pages

urlpatterns = [
    path("benchmarks/", pages.benchmarks, name="benchmarks"),
    path("benchmarks/method/", pages.release_method, name="release_method"),
    path("method/", method.method, name="method"),
]
