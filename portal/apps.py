from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Site"

    def ready(self) -> None:
        from portal import checks  # noqa: F401 — importing registers them; apps are ready now
