from django.apps import AppConfig

from portal.celery import app as celery_app  # shared tasks bind to it

__all__ = ["PortalConfig", "celery_app"]


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Site"

    def ready(self) -> None:
        from portal import checks  # noqa: F401 — importing registers them; apps are ready now
        from portal.db import freezes

        freezes.register()
