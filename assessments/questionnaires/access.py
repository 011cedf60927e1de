"""Published editions of the questionnaires."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from assessments.questionnaires.models import InstrumentEdition


def edition_named(code: str, version: str) -> InstrumentEdition:
    """Return an edition of the questionnaires; they are public, and all of them published."""
    editions = InstrumentEdition.objects.select_related("instrument")
    return get_object_or_404(editions, instrument__code=code, version=version)
