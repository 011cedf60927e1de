"""Loading an instrument edition."""

from __future__ import annotations

from django.db import transaction

from assessments.core import instrument as domain
from assessments.core.engines import engine_of
from assessments.questionnaires.models import Instrument, InstrumentEdition


class EditionConflict(Exception):
    """The version is loaded already with other content."""


@transaction.atomic
def load_edition(*, content: domain.Instrument) -> InstrumentEdition:
    """Store an edition, or return it unchanged if it is stored already.

    One that names an engine that is not here raises UnknownEngine.

    The same version with other content is refused: raise the version number instead.
    """
    engine_of(content)
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
    return InstrumentEdition.objects.create(
        instrument=instrument, version=content.version, document=document, sha256=sha256
    )
