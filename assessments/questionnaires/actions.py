"""Loading an instrument edition."""

from __future__ import annotations

from django.db import transaction

from assessments.core import instrument as domain
from assessments.core.engines import engine_of
from assessments.questionnaires.models import Instrument, InstrumentEdition
from portal.vocabulary import codes


class EditionConflict(Exception):
    """The version is loaded already with other content."""


class UnknownTypes(Exception):
    """The edition asks respondent types that the vocabulary does not have, or names them apart."""


@transaction.atomic
def load_edition(*, content: domain.Instrument) -> InstrumentEdition:
    """Store an edition, or return it unchanged if it is stored already.

    One that names an engine that is not here raises UnknownEngine, one whose respondent types have
    no name and no place in cohorts here UnknownTypes.

    The same version with other content is refused: raise the version number instead.
    """
    engine_of(content)
    _refuse_unknown_types(content)
    document, sha256 = content.canonical_json.decode(), content.sha256
    instrument, _ = Instrument.objects.get_or_create(
        code=content.code, defaults={"title": content.title}
    )
    stored = InstrumentEdition.objects.filter(instrument=instrument, version=content.version)
    if edition := stored.first():
        if edition.sha256 != sha256:
            raise EditionConflict(
                f"{content.code} {content.version} is loaded with other content "
                f"({edition.sha256[:12]}…, not {sha256[:12]}…). Give it a new version."
            )
        return edition
    _refuse_other_questions(content, instrument)
    return InstrumentEdition.objects.create(
        instrument=instrument, version=content.version, document=document, sha256=sha256
    )


def _refuse_unknown_types(content: domain.Instrument) -> None:
    known = {
        each.code: tuple(one.code for one in each.cohort_types) for each in codes.RESPONDENT_TYPES
    }
    for code, kind in content.respondent_types.items():
        apart = kind.without_registry_code
        if known.get(code) != ((code, apart) if apart else (code,)):
            raise UnknownTypes(
                f"Respondent type {code} is not one that this portal knows in this form. Add it to "
                "the vocabulary, or correct the edition."
            )


def _refuse_other_questions(content: domain.Instrument, instrument: Instrument) -> None:
    """Refuse an edition that asks or scores other than its line; its figures would be mixed."""
    line = InstrumentEdition(instrument=instrument, version=content.version)
    for other in InstrumentEdition.objects.comparable_with(line).defer("document"):
        if _asked(other.content) != _asked(content):
            raise EditionConflict(
                f"{content.code} {content.version} does not ask or score the same as "
                f"{other.version}. The last number stands for wording alone; raise the second."
            )


def _asked(content: domain.Instrument) -> tuple[object, ...]:
    """Return what two editions of one line have in common: all but words."""
    items = [
        (
            capability.code,
            item.code,
            item.tier,
            sorted(item.types.items()),
            item.not_applicable,
            item.registry_operators_only,
            item.depends_on,
        )
        for dimension in content.dimensions
        for capability in dimension.capabilities
        for item in capability.items
    ]
    return content.scale.engine, items
