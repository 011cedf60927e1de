"""The site around the packages: settings, addresses, shell pages and components."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
