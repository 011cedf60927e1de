"""Benchmark releases: immutable, dated sets of published aggregates, and notes about them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.models.assessment import Wave
from assessments.models.instrument import InstrumentEdition


class BenchmarkReleaseQuerySet(models.QuerySet["BenchmarkRelease"]):
    def of_series(self, series: str) -> BenchmarkReleaseQuerySet:
        return self.filter(series=series).order_by(
            "-published_at", "-wave__closes_date", "-revision"
        )

    def standing(self) -> BenchmarkReleaseQuerySet:
        """Return the releases that have not been withdrawn."""
        tombstones = ReleaseNote.objects.filter(
            release=OuterRef("pk"),
            kind=ReleaseNote.Kind.TOMBSTONE,
            confirmed_at__isnull=False,
        )
        return self.filter(~Exists(tombstones))


class BenchmarkRelease(models.Model):
    """One release: `document` is its canonical JSON, `sha256` the hash of those bytes.

    The demonstration series holds synthetic organisations alone and is another series than the
    market's, so that the two can never be read as one.
    """

    class Series(models.TextChoices):
        MARKET = "market", _("Market")
        DEMO = "demo", _("Demonstration")

    code = models.CharField(max_length=40, unique=True)  # 2026-W1, demo-2026-W1
    series = models.CharField(max_length=6, choices=Series.choices)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="releases")
    revision = models.PositiveSmallIntegerField(default=1)
    edition = models.ForeignKey(
        InstrumentEdition, on_delete=models.PROTECT, related_name="releases"
    )
    document = models.TextField()
    sha256 = models.CharField(max_length=64)
    published_at = models.DateTimeField()

    objects = BenchmarkReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["series", "-published_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "wave", "revision"], name="one_release_per_wave_and_revision"
            ),
            models.CheckConstraint(
                condition=Q(series="demo", code__startswith="demo-")
                | (Q(series="market") & ~Q(code__startswith="demo-")),
                name="demonstration_release_says_so_in_its_code",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_demonstration(self) -> bool:
        return self.series == self.Series.DEMO


class Observation(models.Model):
    """One published figure set of a release: a measure in a cohort, in one view.

    `position` is its place in the release document, whose entry it repeats so that it can be
    paged and filtered without reading the whole document.
    """

    release = models.ForeignKey(
        BenchmarkRelease, on_delete=models.PROTECT, related_name="observations"
    )
    position = models.PositiveIntegerField()
    cohort = models.CharField(max_length=120)
    measure = models.CharField(max_length=20)
    view = models.CharField(max_length=10)
    figures = models.JSONField()

    class Meta:
        ordering = ["release", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "cohort", "measure", "view"], name="one_observation_per_figure"
            ),
            models.UniqueConstraint(
                fields=["release", "position"], name="one_observation_per_position"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.release_id} {self.cohort} {self.measure} {self.view}"


class ReleaseNote(models.Model):
    """What is said of a release afterwards. One steward proposes it, another confirms it.

    A tombstone withdraws the release: it stays readable, marked, and is nobody's current one.
    """

    class Kind(models.TextChoices):
        ERRATUM = "ERRATUM", _("Erratum")
        REVISION = "REVISION", _("Revision")
        TOMBSTONE = "TOMBSTONE", _("Withdrawn")

    release = models.ForeignKey(BenchmarkRelease, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    text = models.TextField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField(default=timezone.now)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["release", "proposed_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="note_says_something"),
            models.CheckConstraint(
                condition=Q(confirmed_by=None, confirmed_at=None)
                | (
                    Q(confirmed_by__isnull=False, confirmed_at__isnull=False)
                    & ~Q(confirmed_by=F("proposed_by"))
                ),
                name="note_is_seen_by_four_eyes",
            ),
            models.UniqueConstraint(
                fields=["release"], condition=Q(kind="TOMBSTONE"), name="one_tombstone_per_release"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.release_id} {self.kind} {self.proposed_at:%Y-%m-%d}"
