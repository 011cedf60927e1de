"""Records of publications for operators to look at. Content changes by loading a pack alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from publications.models import Edition, MemberOrganisation, Provision, Publication


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django has no generic one
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Publication)
class PublicationAdmin(ReadOnlyAdmin):
    list_display = ["slug", "kind", "origin", "title", "issued"]
    list_filter = ["origin", "kind", "dimension"]


@admin.register(Edition)
class EditionAdmin(ReadOnlyAdmin):
    list_display = ["publication", "number", "state", "published_date", "sha256"]
    list_filter = ["state"]
    list_select_related = ["publication"]


@admin.register(Provision)
class ProvisionAdmin(ReadOnlyAdmin):
    list_display = ["label", "kind", "origin", "publication"]
    list_filter = ["kind", "origin"]
    list_select_related = ["publication"]
    search_fields = ["label"]


@admin.register(MemberOrganisation)
class MemberOrganisationAdmin(ReadOnlyAdmin):
    list_display = ["name", "category"]
    list_filter = ["category"]
