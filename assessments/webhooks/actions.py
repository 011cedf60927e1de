"""Deliveries to subscribers: rows, written with what they announce and sent by workers."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from assessments.webhooks import client
from assessments.webhooks.models import WebhookDelivery, WebhookSubscription
from portal.accounts import access
from portal.accounts.models import User
from portal.jobs import leases

RELEASE_PUBLISHED = "release.published"
RELEASE_WITHDRAWN = "release.withdrawn"

logger = logging.getLogger(__name__)


def create_subscription(*, url: str, label: str, by: User, at: datetime) -> WebhookSubscription:
    """Set a subscription up; its secret is on the returned row. Raises client.AddressRefused.

    Stewards alone set subscriptions up and end them: `NotAllowed` refuses everybody else.
    """
    access.steward(by)
    client.check_address(url)
    return WebhookSubscription.objects.create(url=url, label=label, created_by=by, created_at=at)


@transaction.atomic
def end_subscription(*, subscription: WebhookSubscription, by: User) -> None:
    """End deliveries to an address; those still queued fail."""
    access.steward(by)
    WebhookSubscription.objects.filter(pk=subscription.pk).update(is_active=False)


def announce(event: str, data: Mapping[str, Any], *, at: datetime) -> list[WebhookDelivery]:
    """Queue one delivery for every active address, in the transaction of what is announced.

    `data` holds ids alone: a receiver reads the rest from the public API.
    """
    content = {"type": event, "timestamp": at.isoformat(), "data": dict(data)}
    body = json.dumps(content, sort_keys=True, separators=(",", ":"))
    deliveries = WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            subscription=subscription, event=event, body=body, created_at=at, not_before=at
        )
        for subscription in WebhookSubscription.objects.filter(is_active=True)
    )
    for delivery in deliveries:
        leases.notify_on_commit(delivery)
    return deliveries


def deliver_webhook(*, delivery_id: uuid.UUID, clock: Callable[[], datetime]) -> None:
    """Try one delivery; one that is being sent, is delivered or has failed is left alone."""
    hold = leases.claim(WebhookDelivery, delivery_id, clock=clock)
    if hold is None:
        return
    delivery = WebhookDelivery.objects.select_related("subscription").get(pk=delivery_id)
    if not delivery.subscription.is_active:
        hold.fail("The subscription has ended.", status=None)
        return
    try:
        status = client.send(
            delivery.subscription.url,
            message_id=str(delivery.pk),
            body=delivery.body.encode(),
            secret=delivery.subscription.secret,
            at=clock(),
        )
    except client.AddressRefused as exc:
        hold.fail(str(exc), status=None)
    except client.NotDelivered as exc:
        logger.info("Webhook %s was not delivered, attempt %s.", delivery.pk, delivery.attempts)
        hold.try_again(str(exc), status=exc.status)
    else:
        hold.finish(WebhookDelivery.State.DELIVERED, status=status, delivered_at=clock())


def sweep_webhooks(*, at: datetime) -> int:
    """Wake a worker for each delivery that is overdue or whose pause is over."""
    return leases.sweep(WebhookDelivery, at=at)
