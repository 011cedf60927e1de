"""Addresses of the gallery; `portal.urls` has them in development alone."""

from django.urls import path

from portal.web.gallery import views

urlpatterns = [
    path("", views.gallery, name="gallery"),
    path("state/", views.state, name="gallery_state"),
]
