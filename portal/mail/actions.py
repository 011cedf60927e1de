"""Mail from request to server: queued with what causes it, sent by a worker, then erased.

A mail is a folder of `subject.txt`, `body.txt` and `body.html` under `templates/emails/`. Addresses
in it are built from `SITE_URL`, never from the host that a request named.
"""

from __future__ import annotations

import logging
import smtplib
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from portal.jobs import leases
from portal.mail.models import CONTENT, OutgoingMail

DAYS_ON_RECORD = 30  # that a mail was sent, without to whom
ERASED = dict.fromkeys(CONTENT, "")
State = OutgoingMail.State

logger = logging.getLogger(__name__)


def queue_mail(
    template: str, *, to: str, context: Mapping[str, object], lasts: timedelta, at: datetime
) -> OutgoingMail:
    """Write one mail in the caller's transaction; a worker sends it once that is committed.

    `lasts` is how long its code or link works: afterwards it is neither sent nor stored.
    """
    words = {**context, "site_url": settings.SITE_URL, "to": to}
    subject, text, html = (
        render_to_string(f"emails/{template}/{part}", words)
        for part in ("subject.txt", "body.txt", "body.html")
    )
    mail = OutgoingMail.objects.create(
        template=template,
        to=to,
        subject=" ".join(subject.split()),
        text=text,
        html=html,
        created_at=at,
        not_before=at,
        expires_at=at + lasts,
    )
    leases.notify_on_commit(mail)
    return mail


def send_mail(*, mail_id: uuid.UUID, clock: Callable[[], datetime]) -> None:
    """Try to send one mail; one that is being sent, is sent or has failed is left alone."""
    hold = leases.claim(OutgoingMail, mail_id, clock=clock)
    if hold is None:
        return
    mail = OutgoingMail.objects.get(pk=mail_id)
    if clock() >= mail.expires_at or not mail.to:
        hold.fail(_("It expired before it could be sent."), **ERASED)
        return
    try:
        _message(mail).send()
    except Exception as exc:
        # Neither the log nor the reason has the exception's words, which may name the address.
        reason = _reason(exc)
        logger.warning("Mail %s (%s) was not sent: %s", mail.pk, mail.template, reason)
        if _is_refused(exc):
            hold.fail(reason)
        else:
            hold.try_again(reason)
    else:
        hold.finish(State.SENT, sent_at=clock(), **ERASED)


def sweep_mail(*, at: datetime) -> int:
    """Erase what has expired, and wake a worker for each overdue mail; return for how many."""
    expired = OutgoingMail.objects.filter(~Q(to=""), expires_at__lte=at)
    expired.filter(state=State.QUEUED).update(
        state=State.FAILED, reason=_("It expired before it could be sent."), **ERASED
    )
    expired.filter(state=State.FAILED).update(**ERASED)
    old = OutgoingMail.objects.filter(
        expires_at__lte=at - timedelta(days=DAYS_ON_RECORD), state__in=[State.SENT, State.FAILED]
    )
    old.delete()
    return leases.sweep(OutgoingMail, at=at)


def _message(mail: OutgoingMail) -> EmailMultiAlternatives:
    # The same on every attempt, so that a mail that is sent twice can be shown once.
    headers = {
        "Message-ID": f"<{mail.pk}@{urlsplit(settings.SITE_URL).hostname}>",
        "Date": format_datetime(mail.created_at),
    }
    message = EmailMultiAlternatives(
        subject=mail.subject, body=mail.text, to=[mail.to], headers=headers
    )
    message.attach_alternative(mail.html, "text/html")
    return message


def _reason(exc: Exception) -> str:
    """Say what went wrong without the words of the server, which may repeat the address."""
    codes = _codes(exc)
    if codes:
        return _("The mail server refused it ({codes}).").format(
            codes=", ".join(map(str, sorted(codes)))
        )
    if isinstance(exc, OSError):
        return _("The mail server could not be reached ({kind}).").format(kind=type(exc).__name__)
    return _("The portal made a mistake with this mail ({kind}).").format(kind=type(exc).__name__)


def _codes(exc: Exception) -> set[int]:
    if isinstance(exc, smtplib.SMTPRecipientsRefused):
        return {code for code, _words in exc.recipients.values()}
    if isinstance(exc, smtplib.SMTPResponseException):
        return {exc.smtp_code}
    return set()


def _is_refused(exc: Exception) -> bool:
    """Tell whether the server refused this address for good, so that asking again is pointless."""
    return isinstance(exc, smtplib.SMTPRecipientsRefused) and min(_codes(exc), default=0) >= 500
