"""What every page may show without asking for it."""

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    """Return the site's address; nothing here may run a query."""
    return {"site_url": settings.SITE_URL}
