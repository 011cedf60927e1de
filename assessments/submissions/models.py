"""Taking a submission back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from assessments.answering.models import Assessment
from portal.db.freezes import Freeze


class Withdrawal(models.Model):
    """That a submission was taken back, by whom and when; the record of it.

    From then on it is counted nowhere. With `is_erased` its answers, results and reports are
    gone, too; after the close of its wave that is so always. What was published stands.
    """

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="withdrawals")
    is_erased = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["assessment", "-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "is_erased"], name="submission_is_withdrawn_once_each_way"
            ),
            Freeze(
                name="assessments_withdrawal_frozen",
                message="A withdrawal cannot change.",
                delete=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.at:%Y-%m-%d}"
