"""The map of the site without its own answer to faults; Django's says 500 to all of them."""

from portal.urls import urlpatterns

__all__ = ["urlpatterns"]
