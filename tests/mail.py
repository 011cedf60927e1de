"""Mail as a worker sends it: rows that are due, delivered through the real code."""

from __future__ import annotations

from django.core import mail
from django.core.mail import EmailMultiAlternatives

from portal.mail.actions import send_mail
from portal.mail.models import OutgoingMail


def outbox() -> list[EmailMultiAlternatives]:
    """Deliver what is queued, the oldest first, and return every mail the test has sent."""
    for row in OutgoingMail.objects.filter(state=OutgoingMail.State.QUEUED).order_by("created_at"):
        send_mail(mail_id=row.pk, clock=lambda at=row.not_before: at)  # type: ignore[misc]  # a default binds it now
    return mail.outbox  # type: ignore[return-value]  # every mail of ours has an HTML part
