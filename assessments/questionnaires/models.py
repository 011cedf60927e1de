"""The questionnaires: an instrument and its frozen editions."""

from __future__ import annotations

import json
from functools import lru_cache

from django.db import models
from django.utils import timezone

from assessments.core import instrument as domain
from assessments.core import loading as core_loading
from portal.db.freezes import Freeze


class Instrument(models.Model):
    code = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=200)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class InstrumentEdition(models.Model):
    """One content-addressed version: canonical JSON and its SHA-256 in hex. Never changed.

    `actions.load_edition` is the only way in; the same version with other content is refused.
    """

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="editions")
    version = models.CharField(max_length=20)
    document = models.TextField()
    sha256 = models.CharField(max_length=64, unique=True)
    loaded_at = models.DateTimeField(default=timezone.now, editable=False)

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

    @property
    def content(self) -> domain.Instrument:
        """The edition as the scoring functions take it."""
        return content_of(self.sha256)


@lru_cache(maxsize=8)
def content_of(sha256: str) -> domain.Instrument:
    """Return the stored edition with this hash; read and parsed once per process."""
    document = InstrumentEdition.objects.values_list("document", flat=True).get(sha256=sha256)
    return core_loading.parse(
        json.loads(document), checked=True
    )  # it was checked when it was stored
