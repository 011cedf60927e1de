"""A release with the names that its exchange formats give to codes."""

from __future__ import annotations

from django.utils import translation

from assessments.benchmarks import codes
from assessments.core.instrument import Instrument
from assessments.disclosure.document import ReleaseDocument
from assessments.disclosure.exchange import tables
from assessments.disclosure.exchange.labels import Label, Labels
from assessments.questionnaires.models import InstrumentEdition

LANGUAGE = "en"  # of every name in a file that is the same for all readers


def labels_of(document: ReleaseDocument) -> Labels:
    """Return the names of a release's codes: measures as its edition calls them."""
    edition = InstrumentEdition.objects.get(sha256=document["instrument"]["sha256"])
    with translation.override(LANGUAGE):
        return Labels(
            cohorts={
                cohort["id"]: Label(name=codes.cohort_label(cohort["id"]))
                for cohort in document["cohorts"]
            },
            measures=_of_list("measures", edition.content),
            views=_of_list("views", edition.content),
            kinds=_of_list("cohort-kinds", edition.content),
            parts={
                part: {code: Label(name=name) for code, name in codes.categories(part).items()}
                for part in tables.PARTS
            },
            levels=_of_list("levels", edition.content),
        )


def _of_list(name: str, instrument: Instrument) -> dict[str, Label]:
    return {
        code.code: Label(name=code.name, description=code.description)
        for code in codes.CODE_LISTS[name].codes(instrument)
    }
