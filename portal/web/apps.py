from django.apps import AppConfig


class WebConfig(AppConfig):
    """Components and styles, found by Django's loaders; it has no rows."""

    name = "portal.web"
    label = "web"
