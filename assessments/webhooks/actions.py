"""Telling subscribers: letters are rows, written with what they tell of and sent by workers."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from assessments.webhooks import client as courier
from assessments.webhooks.models import WebhookDelivery, WebhookSubscription
from portal.accounts.models import User
from portal.jobs import broker as bell

RELEASE_PUBLISHED = "release.published"
RELEASE_WITHDRAWN = "release.withdrawn"
MAX_ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=30)  # four times as long after each failure, up to a day
LONGEST_PAUSE = timedelta(days=1)

logger = logging.getLogger(__name__)


def create_subscription(*, url: str, label: str, by: User, at: datetime) -> WebhookSubscription:
    """Set a subscription up; its secret is on the returned row. Raises courier.AddressRefused."""
    courier.check_address(url)
    return WebhookSubscription.objects.create(url=url, label=label, created_by=by, created_at=at)


@transaction.atomic
def end_subscription(*, subscription: WebhookSubscription) -> None:
    """Stop writing to an address; what is on its way to it is given up."""
    WebhookSubscription.objects.filter(pk=subscription.pk).update(is_active=False)


def announce(event: str, data: Mapping[str, Any], *, at: datetime) -> list[WebhookDelivery]:
    """Write one letter to every active address, in the transaction of what it tells of.

    `data` holds ids alone: whoever hears reads the rest where everybody does.
    """
    content = {"type": event, "timestamp": at.isoformat(), "data": dict(data)}
    body = json.dumps(content, sort_keys=True, separators=(",", ":"))
    letters = WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            subscription=subscription, event=event, body=body, created_at=at, not_before=at
        )
        for subscription in WebhookSubscription.objects.filter(is_active=True)
    )
    for letter in letters:
        transaction.on_commit(partial(bell.notify, "deliver_webhook", delivery_id=str(letter.pk)))
    return letters


def deliver_webhook(*, delivery_id: uuid.UUID, clock: Callable[[], datetime]) -> None:
    """Try to deliver one letter; one that is being sent, is delivered or given up is left alone."""
    claim = _claim(delivery_id, clock())
    if claim is None:
        return
    letter = WebhookDelivery.objects.select_related("subscription").get(pk=delivery_id)
    held = WebhookDelivery.objects.filter(pk=delivery_id, claim=claim)
    if not letter.subscription.is_active:
        held.update(**_given_up("The subscription has ended.", None))
        return
    try:
        status = courier.send(
            letter.subscription.url,
            message_id=str(letter.pk),
            body=letter.body.encode(),
            secret=letter.subscription.secret,
            at=clock(),
        )
    except courier.AddressRefused as exc:
        held.update(**_given_up(str(exc), None))
    except courier.NotDelivered as exc:
        logger.info("Webhook %s was not delivered, attempt %s.", letter.pk, letter.attempts)
        again = held.filter(attempts__lt=MAX_ATTEMPTS).update(
            state=WebhookDelivery.State.QUEUED,
            claim=None,
            lease_until=None,
            rung_at=None,
            not_before=clock() + pause_after(letter.attempts),
            status=exc.status,
            reason=str(exc)[:200],
        )
        if not again:
            held.update(**_given_up(str(exc), exc.status))
    else:
        held.update(
            state=WebhookDelivery.State.DELIVERED,
            claim=None,
            lease_until=None,
            status=status,
            reason="",
            delivered_at=clock(),
        )


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failed attempts: 30 s, 2 min, 8 min … a day."""
    return min(FIRST_PAUSE * int(4 ** (attempts - 1)), LONGEST_PAUSE)


def sweep_webhooks(*, at: datetime, most: int = 50) -> int:
    """Ring for every letter whose bell was lost or whose pause is over; return how many."""
    quiet_since = at - timedelta(seconds=settings.WEBHOOK_LEASE_SECONDS / 2)
    due = (
        WebhookDelivery.objects.due(at)
        .filter(Q(rung_at=None) | Q(rung_at__lt=quiet_since))
        .order_by("not_before")
    )
    rung = 0
    for delivery_id in list(due.values_list("pk", flat=True)[:most]):
        if not bell.notify("deliver_webhook", delivery_id=str(delivery_id)):
            break
        WebhookDelivery.objects.filter(pk=delivery_id).update(rung_at=at)
        rung += 1
    return rung


def _claim(delivery_id: uuid.UUID, at: datetime) -> uuid.UUID | None:
    """Take a due letter for one lease; one that has used up its attempts is given up."""
    claim = uuid.uuid4()
    due = WebhookDelivery.objects.due(at).filter(pk=delivery_id)
    won = due.filter(attempts__lt=MAX_ATTEMPTS).update(
        state=WebhookDelivery.State.SENDING,
        claim=claim,
        attempts=F("attempts") + 1,
        lease_until=at + timedelta(seconds=settings.WEBHOOK_LEASE_SECONDS),
    )
    if won:
        return claim
    due.update(**_given_up("Sending it stopped its worker.", None))
    return None


def _given_up(reason: str, status: int | None) -> dict[str, Any]:
    return {
        "state": WebhookDelivery.State.FAILED,
        "claim": None,
        "lease_until": None,
        "status": status,
        "reason": reason[:200],
    }
