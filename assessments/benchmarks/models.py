"""Benchmark releases: immutable, dated sets of published aggregates, and notes about them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.answering.models import Wave
from assessments.questionnaires.models import InstrumentEdition
from portal.db.freezes import Freeze
from portal.jobs.models import JobQuerySet, Kind, ProgressJob, pauses
from portal.vocabulary import names

# The condition of freezes within a release: it is complete, since its candidate is published.
RELEASED = (
    "EXISTS (SELECT 1 FROM assessments_releasecandidate AS c "
    "WHERE c.release_id = {row}.release_id AND c.state = 'PUBLISHED')"
)


class BenchmarkReleaseQuerySet(models.QuerySet["BenchmarkRelease"]):
    def of_series(self, series: str) -> BenchmarkReleaseQuerySet:
        return self.filter(series=series).order_by(
            "-published_at", "-wave__closes_date", "-revision"
        )

    def not_withdrawn(self) -> BenchmarkReleaseQuerySet:
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
        MARKET = "market", names.SERIES["market"]
        DEMO = "demo", names.SERIES["demo"]

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
            Freeze(
                name="assessments_release_frozen",
                message="A benchmark release cannot change. Publish a numbered revision.",
                delete=True,
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
            Freeze(
                name="assessments_observation_frozen",
                message="An observation cannot change. Publish a numbered revision of its release.",
                insert=RELEASED,
                delete=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.release_id} {self.cohort} {self.measure} {self.view}"


class ReleaseNote(models.Model):
    """A note about a release after publication. One steward proposes it, another confirms it.

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
            Freeze(
                name="assessments_note_frozen",
                message="A confirmed note about a release cannot change. Propose another one.",
                when="{row}.confirmed_at IS NOT NULL",
                delete=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.release_id} {self.kind} {self.proposed_at:%Y-%m-%d}"


class ReleaseCandidateQuerySet(JobQuerySet["ReleaseCandidate"]):
    def unpublished(self) -> ReleaseCandidateQuerySet:
        """Return the candidates that are not published yet; a wave has one at most."""
        return self.exclude(state=ReleaseCandidate.State.PUBLISHED)

    def scheduled(self, *, on: date) -> ReleaseCandidateQuerySet:
        """Return the approved candidates that another steward wants published by that day."""
        return self.filter(state=ReleaseCandidate.State.AUDITED, publish_date__lte=on)


class ReleaseCandidate(ProgressJob):
    """What may become a release: computed, audited by a job, approved by one, published by another.

    QUEUED → AUDITING → AUDITED → PUBLISHED, or FAILED with a reason a person can act on.
    `document` is what would be published, without its day; `input_sha256` tells whether what it
    was computed from is still the same.
    """

    class State(models.TextChoices):
        QUEUED = "QUEUED", _("Waiting to be audited")
        AUDITING = "AUDITING", _("Being audited")
        AUDITED = "AUDITED", _("Audited")
        FAILED = "FAILED", _("Failed")
        PUBLISHED = "PUBLISHED", _("Published")

    kind = Kind(
        queue="audits",
        task="audit_release",
        argument="candidate_id",
        running=State.AUDITING,
        lease_setting="AUDIT_LEASE_SECONDS",
        attempts_setting="AUDIT_MAX_ATTEMPTS",
        pause=pauses(timedelta(seconds=10)),
        worker_lost=_(
            "This audit stopped its worker {attempts} times. Ask for it again; if it fails again, "
            "tell the portal’s team."
        ),
    )

    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="candidates")
    revision = models.PositiveSmallIntegerField(default=1)
    change = models.TextField(blank=True)  # why there is a revision, for readers
    # Of whoever asked for the audit; None is the scheduler.
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)

    document = models.TextField(blank=True)
    audit = models.TextField(blank=True)  # canonical JSON of the audit report
    audit_sha256 = models.CharField(max_length=64, blank=True)
    input_sha256 = models.CharField(max_length=64, blank=True)
    audited_at = models.DateTimeField(null=True)

    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    publish_date = models.DateField(null=True)  # not before this day
    release = models.OneToOneField(
        BenchmarkRelease, null=True, on_delete=models.PROTECT, related_name="candidate"
    )

    objects = ReleaseCandidateQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["wave"],
                condition=~Q(state="PUBLISHED"),
                name="one_living_candidate_per_wave",
            ),
            models.UniqueConstraint(
                fields=["wave", "revision"], name="one_candidate_per_wave_and_revision"
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None)
                | Q(published_by=None)
                | ~Q(approved_by=F("published_by")),
                name="candidate_is_seen_by_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(published_by=None) | Q(approved_by__isnull=False),
                name="candidate_is_approved_before_it_is_published",
            ),
            models.CheckConstraint(
                condition=~Q(state="PUBLISHED")
                | (Q(published_by__isnull=False, release__isnull=False) & ~Q(audit="")),
                name="published_candidate_has_audit_release_and_publisher",
            ),
            models.CheckConstraint(
                condition=~Q(state="FAILED") | ~Q(reason=""), name="failed_candidate_says_why"
            ),
            Freeze(
                name="assessments_candidate_frozen",
                message="A published candidate cannot change. Queue a numbered revision.",
                when="{row}.state = 'PUBLISHED'",
                changeable=[
                    *("progress", "stage", "attempts", "not_before", "lease_until", "claim"),
                    *("notified_at", "reason"),
                ],
                insert=True,
                delete=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wave.code} r{self.revision} {self.state}"

    @property
    def is_waiting(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.AUDITING)

    def is_being_published(self, *, on: date) -> bool:
        """Whether two stewards have decided, the day has come and a worker is at it."""
        day = self.publish_date
        return self.state == self.State.AUDITED and day is not None and day <= on

    @property
    def stage_words(self) -> str:
        return self.stage or str(self.State(self.state).label)

    @property
    def findings(self) -> dict[str, Any]:
        """The audit report as data; empty before there is one."""
        audit: dict[str, Any] = json.loads(self.audit) if self.audit else {}
        return audit


class ReleaseMember(models.Model):
    """That an organisation was counted in a release, as one type, and in which cohorts.

    Kept until 90 days after publication, for R11 alone, and then deleted. `digest` shows whether
    a submission is still the same.
    """

    release = models.ForeignKey(BenchmarkRelease, on_delete=models.CASCADE, related_name="members")
    organisation = models.UUIDField()
    respondent_type = models.CharField(max_length=4)
    cohorts = models.JSONField(default=list)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["release", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "organisation", "respondent_type"],
                name="one_member_per_release_organisation_and_type",
            ),
            Freeze(
                name="assessments_member_frozen",
                message="Who was counted in a release cannot change.",
                insert=RELEASED,  # and deleted once it is kept long enough
            ),
        ]

    def __str__(self) -> str:
        return f"{self.release_id} {self.organisation} {self.respondent_type}"
