"""Webhooks: the subscribed addresses, and each delivery to one. The row is the outbox."""

from __future__ import annotations

import base64
import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.jobs.models import Job, JobQuerySet, Kind, pauses

SECRET_PREFIX = "whsec_"  # noqa: S105 — as Standard Webhooks writes secrets


def new_secret() -> str:
    """Return 256 random bits in the form Standard Webhooks gives a secret."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


class WebhookSubscription(models.Model):
    """An https address that receives an event when a release is published or withdrawn.

    The secret is shown once, to whoever sets it up, and is stored to sign what is sent.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    url = models.URLField(_("address"), max_length=500)
    label = models.CharField(_("who listens there"), max_length=120)
    secret = models.CharField(max_length=80, default=new_secret, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.label} {self.url}"


class WebhookDelivery(Job):
    """One event for one address: QUEUED → SENDING → DELIVERED, or FAILED after all attempts.

    `id` goes with it, the same on every attempt, so that a receiver can drop what it has seen.
    """

    class State(models.TextChoices):
        QUEUED = "QUEUED", _("Waiting")
        SENDING = "SENDING", _("Being sent")
        DELIVERED = "DELIVERED", _("Delivered")
        FAILED = "FAILED", _("Given up")

    kind = Kind(
        queue="webhooks",
        task="deliver_webhook",
        argument="delivery_id",
        running=State.SENDING,
        lease_setting="WEBHOOK_LEASE_SECONDS",
        attempts_setting="WEBHOOK_MAX_ATTEMPTS",
        # 30 s, 2 min, 8 min … a day.
        pause=pauses(timedelta(seconds=30), factor=4, longest=timedelta(days=1)),
        worker_lost="Sending it stopped its worker.",
    )

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subscription = models.ForeignKey(
        WebhookSubscription, on_delete=models.CASCADE, related_name="deliveries"
    )
    event = models.CharField(max_length=40)
    body = models.TextField()  # the very bytes that are sent, and signed
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    status = models.PositiveSmallIntegerField(null=True)  # of the last answer
    reason = models.CharField(max_length=200, blank=True)  # of the last failure
    delivered_at = models.DateTimeField(null=True)

    objects = JobQuerySet["WebhookDelivery"].as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["state", "not_before"],
                condition=Q(state__in=["QUEUED", "SENDING"]),
                name="webhook_work_to_do",
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.state}"
