"""Settings of assessments for operators: periods. Answers, results and reports are not here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest

from assessments.answering.models import Wave

if TYPE_CHECKING:  # the stubs' class is generic, Django's is not
    WavePages = admin.ModelAdmin[Wave]
else:
    WavePages = admin.ModelAdmin


@admin.register(Wave)
class WaveAdmin(WavePages):
    """A period is set up here before anybody answers in it, and stands from then on."""

    list_display = ["code", "title", "opens_date", "closes_date", "is_demonstration"]
    list_filter = ["is_demonstration"]

    def has_change_permission(self, request: HttpRequest, obj: Wave | None = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or not obj.assessments.exists())

    def has_delete_permission(self, request: HttpRequest, obj: Wave | None = None) -> bool:
        return False
