"""Reports: one PDF job and its file. The row is the truth and the outbox."""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.answering.models import ERASED, Assessment, Result
from assessments.benchmarks.models import BenchmarkRelease
from portal.db.freezes import Freeze
from portal.jobs.models import JobQuerySet, Kind, ProgressJob, pauses

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that reads like something else


def new_verification_code() -> str:
    """Return a random code of 130 bits in the form XXXXX-XXXXX-…, to be typed or scanned."""
    letters = "".join(secrets.choice(CODE_ALPHABET) for _ in range(26))
    return "-".join(letters[i : i + 5] for i in range(0, 26, 5))


def file_name(report_id: uuid.UUID, claim: uuid.UUID) -> str:
    """Return the name under which the worker of a claim stores its file."""
    return f"reports/{report_id}-{claim}.pdf"


def _remove_file(report_id: uuid.UUID, claim: uuid.UUID) -> None:
    Report.file.field.storage.delete(file_name(report_id, claim))


class Report(ProgressJob):
    """One PDF of one result, compared with one release.

    QUEUED → BUILDING → READY, or FAILED with a reason a person can act on.
    """

    class State(models.TextChoices):
        QUEUED = "QUEUED", _("Waiting to be built")
        BUILDING = "BUILDING", _("Being built")
        READY = "READY", _("Ready")
        FAILED = "FAILED", _("Failed")

    FINISHED = (State.READY, State.FAILED)
    kind = Kind(
        queue="reports",
        task="build_report",
        argument="report_id",
        running=State.BUILDING,
        lease_setting="REPORT_LEASE_SECONDS",
        attempts_setting="REPORT_MAX_ATTEMPTS",
        pause=pauses(timedelta(seconds=3)),
        worker_lost=_(
            "Building this report stopped its worker {attempts} times. "
            "Ask for it again; if it fails again, tell the portal’s team."
        ),
        reason_starts=[
            _("Building this report stopped its worker"),
            _("Laying out the pages needed more than"),
            _("Laying out the pages took more than"),
            _("The pages could not be laid out"),
            _("The person who asked for this report no longer belongs to the organisation"),
            _("The portal made a mistake while it built this report"),
            _("The process that lays out the pages ended unexpectedly"),
            _("The report asked for more than its own fonts and styles"),
            _("There is no room to store the report now"),
        ],
        clean_up=_remove_file,
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="reports")
    result = models.ForeignKey(Result, on_delete=models.CASCADE, related_name="reports")
    release = models.ForeignKey(
        BenchmarkRelease, null=True, on_delete=models.PROTECT, related_name="reports"
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    file = models.FileField(upload_to="reports/", blank=True, max_length=200)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)  # bytes
    pages = models.PositiveSmallIntegerField(default=0)
    verification_code = models.CharField(
        max_length=40, unique=True, default=new_verification_code, editable=False
    )
    names_organisation = models.BooleanField(default=False)  # verification may say who
    ready_at = models.DateTimeField(null=True)
    build_seconds = models.FloatField(null=True)

    objects = JobQuerySet["Report"].as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["state", "not_before"],
                condition=Q(state__in=["QUEUED", "BUILDING"]),
                name="report_work_to_do",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="READY") | (~Q(file="") & ~Q(sha256="")),
                name="ready_report_has_its_file",
            ),
            models.CheckConstraint(
                condition=~Q(state="FAILED") | ~Q(reason=""), name="failed_report_says_why"
            ),
            Freeze(
                name="assessments_report_frozen",
                message="A ready report cannot change. Queue another one.",
                when="{row}.state = 'READY'",
                changeable=[
                    *("progress", "stage", "attempts", "not_before", "lease_until", "claim"),
                    *("notified_at", "reason", "build_seconds"),
                ],
                insert=True,
                delete=True,
                erased=ERASED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"

    @property
    def is_finished(self) -> bool:
        return self.state in self.FINISHED

    @property
    def stage_words(self) -> str:
        return self.stage or str(self.State(self.state).label)
