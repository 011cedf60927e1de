"""Mail is a row: written with its cause, sent by a worker, tried again, erased."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from portal.accounts.models import Invitation, Role, User
from portal.jobs import broker
from portal.mail import actions, tasks
from portal.mail.models import OutgoingMail
from tests.factories import PASSWORD, MembershipFactory, UserFactory
from tests.mail import outbox

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
State = OutgoingMail.State
ADDRESS = "kofi@example.org"


class Absent(BaseEmailBackend):
    """A mail server that is away."""

    def send_messages(self, email_messages: Any) -> int:
        raise smtplib.SMTPServerDisconnected(f"no {ADDRESS} today")


class RefusesForGood(BaseEmailBackend):
    """A mail server that does not know the address."""

    def send_messages(self, email_messages: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({ADDRESS: (550, f"no {ADDRESS} here".encode())})


class RefusesForNow(BaseEmailBackend):
    """A mail server that wants to be asked again later."""

    def send_messages(self, email_messages: Any) -> int:
        raise smtplib.SMTPRecipientsRefused({ADDRESS: (450, b"greylisted")})


def queued(lasts: timedelta = timedelta(days=1)) -> OutgoingMail:
    return actions.queue_mail(
        "email_confirmation", to=ADDRESS, context={"code": "ABCD-2345"}, lasts=lasts, at=AT
    )


def sent(row: OutgoingMail, at: datetime = AT) -> OutgoingMail:
    actions.send_mail(mail_id=row.pk, clock=lambda: at)
    row.refresh_from_db()
    return row


def content(row: OutgoingMail) -> tuple[str, str, str, str]:
    return row.to, row.subject, row.text, row.html


def test_a_mail_is_sent_once_and_then_erased() -> None:
    row = queued()
    assert "ABCD-2345" in row.text
    assert "ABCD-2345" in row.html

    sent(row)
    sent(row)

    [message] = mail.outbox
    assert message.to == [ADDRESS]
    assert message.subject == "Your code for the Carbon Markets Infrastructure portal"
    assert "ABCD-2345" in str(message.body)
    assert message.extra_headers["Message-ID"] == f"<{row.pk}@127.0.0.1>"
    assert (row.state, row.attempts, row.sent_at) == (State.SENT, 1, AT)
    assert content(row) == ("", "", "", "")


def test_nothing_leaves_a_transaction_that_ends_badly(
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        queued()
        transaction.set_rollback(True)

    assert callbacks == []
    assert OutgoingMail.objects.count() == 0


def test_a_worker_is_notified_once_committed(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    notified: list[Any] = []
    monkeypatch.setattr(
        "celery.current_app.send_task",
        lambda task, **options: notified.append((task, options["kwargs"])),
    )
    monkeypatch.setattr(broker, "_paused_until", 0.0)
    with django_capture_on_commit_callbacks(execute=True):
        row = queued()
        assert notified == []

    assert notified == [("send_mail", {"mail_id": str(row.pk)})]


def test_an_absent_server_is_asked_again_and_then_the_mail_fails(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Absent"
    row, at, pauses = queued(), AT, []
    for _attempt in range(8):
        sent(row, at)
        sent(row, at)  # too early: nothing happens
        pauses.append(int((row.not_before - at).total_seconds()))
        at = row.not_before

    assert pauses[:7] == [10, 30, 90, 270, 810, 2430, 3600]
    assert (row.state, row.attempts) == (State.FAILED, 8)
    assert row.reason == "The mail server could not be reached (SMTPServerDisconnected)."
    assert str(row.pk) in caplog.text
    assert "kofi" not in caplog.text + row.reason
    assert "ABCD-2345" not in caplog.text


def test_a_server_that_comes_back_gets_the_mail(settings: Any) -> None:
    backend = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.RefusesForNow"
    row = sent(queued())
    assert (row.state, row.reason) == (State.QUEUED, "The mail server refused it (450).")

    settings.EMAIL_BACKEND = backend

    assert sent(row, row.not_before).state == State.SENT
    assert len(mail.outbox) == 1


def test_an_address_that_is_refused_for_good_is_not_tried_again(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.RefusesForGood"

    row = sent(queued())

    assert (row.state, row.attempts) == (State.FAILED, 1)
    assert row.reason == "The mail server refused it (550)."
    assert "kofi" not in caplog.text


def test_what_has_expired_is_erased_and_never_sent() -> None:
    waiting, failed = queued(timedelta(minutes=15)), queued(timedelta(minutes=15))
    OutgoingMail.objects.filter(pk=failed.pk).update(state=State.FAILED, reason="No answer.")
    later = AT + timedelta(minutes=15)

    actions.sweep_mail(at=later - timedelta(seconds=1))
    failed.refresh_from_db()
    assert failed.to == ADDRESS  # until then somebody may queue it again
    actions.sweep_mail(at=later)

    for row in (waiting, failed):
        row.refresh_from_db()
        assert row.state == State.FAILED
        assert content(row) == ("", "", "", "")
    assert waiting.reason == "It expired before it could be sent."
    assert failed.reason == "No answer."
    assert mail.outbox == []


def test_a_mail_that_expires_while_it_waits_for_a_worker_is_not_sent() -> None:
    row = sent(queued(timedelta(minutes=15)), AT + timedelta(minutes=16))

    assert row.state == State.FAILED
    assert content(row) == ("", "", "", "")
    assert mail.outbox == []


def test_that_a_mail_was_sent_is_on_record_for_a_month() -> None:
    row = sent(queued())

    actions.sweep_mail(at=AT + timedelta(days=30))
    assert OutgoingMail.objects.filter(pk=row.pk).exists()
    actions.sweep_mail(at=AT + timedelta(days=32))

    assert not OutgoingMail.objects.filter(pk=row.pk).exists()


def test_the_database_keeps_nothing_of_a_sent_mail() -> None:
    row = queued()

    with pytest.raises(IntegrityError), transaction.atomic():
        OutgoingMail.objects.filter(pk=row.pk).update(state=State.SENT)


def test_the_tasks_send_and_sweep() -> None:
    row = actions.queue_mail(
        "email_confirmation",
        to=ADDRESS,
        context={"code": "ABCD-2345"},
        lasts=timedelta(days=36500),
        at=AT - timedelta(days=365),
    )

    tasks.send_mail(mail_id=str(row.pk), later_argument=1)
    tasks.sweep_mail(later_argument=1)

    row.refresh_from_db()
    assert row.state == State.SENT


# In a request


def sign_up(email: str) -> Any:
    form = {"email": email, "name": "Ada", "password1": PASSWORD, "password2": PASSWORD}
    return Client().post(reverse("account_signup"), form)


def test_a_server_that_is_away_is_not_noticed_in_a_request(settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Absent"
    owner = MembershipFactory()
    client = Client()
    client.force_login(owner.user)

    asked = sign_up("ada@example.org")
    reset = Client().post(reverse("account_reset_password"), {"email": owner.user.email})
    path = reverse("accounts:invite", args=[owner.organisation.pk])
    invited = client.post(path, {"email": ADDRESS, "role": Role.VIEWER})

    assert (asked.status_code, reset.status_code, invited.status_code) == (302, 302, 302)
    assert User.objects.filter(email="ada@example.org").exists()
    assert Invitation.objects.get().email == ADDRESS
    assert sorted(OutgoingMail.objects.values_list("template", "state")) == [
        ("email_confirmation", "QUEUED"),
        ("invitation", "QUEUED"),
        ("password_reset", "QUEUED"),
    ]


def test_each_mail_lasts_as_long_as_what_it_holds() -> None:
    owner = MembershipFactory()
    client = Client()
    client.force_login(owner.user)
    sign_up("ada@example.org")
    Client().post(reverse("account_reset_password"), {"email": owner.user.email})
    path = reverse("accounts:invite", args=[owner.organisation.pk])
    client.post(path, {"email": ADDRESS, "role": Role.VIEWER})

    lasting = {row.template: row.expires_at - row.created_at for row in OutgoingMail.objects.all()}
    assert lasting == {
        "email_confirmation": timedelta(minutes=15),
        "password_reset": timedelta(days=3),
        "invitation": timedelta(days=14),
    }


@pytest.mark.parametrize(
    ("view", "extra"),
    [
        ("account_signup", {"name": "Ada", "password1": PASSWORD, "password2": PASSWORD}),
        ("account_reset_password", {}),
    ],
)
def test_a_known_and_an_unknown_address_queue_one_mail_each(
    view: str, extra: dict[str, str]
) -> None:
    UserFactory(email="known@example.org")
    counts = []
    for email in ("known@example.org", "fresh@example.org"):
        before = OutgoingMail.objects.count()
        Client().post(reverse(view), {"email": email, **extra})
        counts.append(OutgoingMail.objects.count() - before)

    assert counts == [1, 1]
    assert len(outbox()) == 2
