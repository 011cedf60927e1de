"""A release with the names that its exchange formats give to codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import translation

from assessments.domain.exchange.labels import Label, Labels
from assessments.models import InstrumentEdition
from assessments.queries import codes

LANGUAGE = "en"  # of every name in a file that is the same for all readers


def labels_of(document: Mapping[str, Any]) -> Labels:
    """Return the names of a release's codes: measures as its edition calls them."""
    edition = InstrumentEdition.objects.get(sha256=document["instrument"]["sha256"])
    with translation.override(LANGUAGE):
        return Labels(
            cohorts={
                cohort["id"]: Label(name=codes.cohort_label(cohort["id"]))
                for cohort in document["cohorts"]
            },
            measures={
                code.code: Label(name=code.name, description=code.description)
                for code in codes.CODE_LISTS["measures"].codes(edition.content)
            },
            views={
                view: Label(name=str(name), description=str(description))
                for view, (name, description) in codes.VIEWS.items()
            },
        )
