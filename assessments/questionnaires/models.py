"""The questionnaires: an instrument and its frozen editions."""

from __future__ import annotations

import json
from functools import lru_cache

from django.db import models
from django.db.models import Value
from django.db.models.functions import Cast, StrIndex, Substr
from django.utils import timezone

from assessments.core import instrument as domain
from assessments.core import loading
from assessments.core.versions import line_of
from portal.db.freezes import Freeze


class Instrument(models.Model):
    code = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=200)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


HIGHEST_FIRST = ("-major", "-minor", "-patch", "-pk")  # of editions with the parts of their version


class InstrumentEditionQuerySet(models.QuerySet["InstrumentEdition"]):
    def comparable_with(self, edition: InstrumentEdition) -> InstrumentEditionQuerySet:
        """Return the editions whose figures mean the same as those of `edition`."""
        line = f"{line_of(edition.version)}."
        return self.filter(instrument=edition.instrument_id, version__startswith=line)

    def highest_first(self) -> InstrumentEditionQuerySet:
        """Order by version, part by part as numbers, the highest first."""
        return self._with_parts().order_by(*HIGHEST_FIRST)

    def by_instrument(self) -> InstrumentEditionQuerySet:
        """Order by the code of the instrument, the highest version of each first."""
        return self._with_parts().order_by("instrument__code", *HIGHEST_FIRST)

    def _with_parts(self) -> InstrumentEditionQuerySet:
        after_major = Substr("version", StrIndex("version", Value(".")) + 1)
        patch_at = StrIndex("after_major", Value("."))
        return self.alias(
            major=_whole(Substr("version", 1, StrIndex("version", Value(".")) - 1)),
            after_major=after_major,
        ).alias(
            minor=_whole(Substr("after_major", 1, patch_at - 1)),
            patch=_whole(Substr("after_major", patch_at + 1)),
        )


def _whole(text: Substr) -> Cast:
    return Cast(text, models.BigIntegerField())


class InstrumentEdition(models.Model):
    """One content-addressed version: canonical JSON and its SHA-256 in hex. Never changed.

    `actions.load_edition` is the only way in; the same version with other content is refused.
    """

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="editions")
    version = models.CharField(max_length=20)
    document = models.TextField()
    sha256 = models.CharField(max_length=64, unique=True)
    loaded_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = InstrumentEditionQuerySet.as_manager()

    class Meta:
        ordering = ["instrument", "-loaded_at"]
        get_latest_by = "loaded_at"
        constraints = [
            models.UniqueConstraint(
                fields=["instrument", "version"], name="one_edition_per_version"
            ),
            Freeze(
                name="assessments_edition_frozen",
                message="An instrument edition cannot change. "
                "Load the changed text as a new version.",
                delete=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument_id} {self.version}"

    def is_comparable_with(self, other: InstrumentEdition) -> bool:
        """Say whether figures of both editions mean the same."""
        return (self.instrument_id, line_of(self.version)) == (
            other.instrument_id,
            line_of(other.version),
        )

    @property
    def content(self) -> domain.Instrument:
        """The edition as the scoring functions take it."""
        return content_of(self.sha256)


@lru_cache(maxsize=8)
def content_of(sha256: str) -> domain.Instrument:
    """Return the stored edition with this hash; read and parsed once per process."""
    document = InstrumentEdition.objects.values_list("document", flat=True).get(sha256=sha256)
    return loading.parse(json.loads(document), checked=True)  # it was checked when it was stored
