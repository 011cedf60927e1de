"""Mail on its way. Nothing personal stays in a row that is sent, or that has expired."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.jobs.models import Job, JobQuerySet, Kind, pauses

CONTENT = ("to", "subject", "text", "html")


class OutgoingMail(Job):
    """One mail to one address: QUEUED → SENDING → SENT, or FAILED with a reason.

    The address, the subject and the bodies, which hold codes and links, are erased when it is
    sent and when it expires; `template` says what it was.
    """

    class State(models.TextChoices):
        QUEUED = "QUEUED", _("Waiting")
        SENDING = "SENDING", _("Being sent")
        SENT = "SENT", _("Sent")
        FAILED = "FAILED", _("Failed")

    kind = Kind(
        queue="mail",
        task="send_mail",
        argument="mail_id",
        running=State.SENDING,
        lease_setting="MAIL_LEASE_SECONDS",
        attempts_setting="MAIL_MAX_ATTEMPTS",
        # 10 s, 30 s, 90 s … an hour: seven pauses of about two hours together.
        pause=pauses(timedelta(seconds=10), factor=3, longest=timedelta(hours=1)),
        again=~Q(to=""),  # what has expired is erased
        worker_lost=_("Sending it stopped its worker {attempts} times."),
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    template = models.CharField(max_length=40)
    to = models.EmailField(blank=True)
    subject = models.TextField(blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()  # after this what it says is of no use
    state = models.CharField(max_length=7, choices=State.choices, default=State.QUEUED)
    sent_at = models.DateTimeField(null=True)

    objects = JobQuerySet["OutgoingMail"].as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["state", "not_before"],
                condition=Q(state__in=["QUEUED", "SENDING"]),
                name="mail_work_to_do",
            ),
            models.Index(fields=["expires_at"], condition=~Q(to=""), name="mail_to_erase"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="SENT") | Q(to="", subject="", text="", html=""),
                name="sent_mail_is_erased",
            ),
            models.CheckConstraint(
                condition=~Q(state="FAILED") | ~Q(reason=""), name="failed_mail_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.template} {self.state}"
