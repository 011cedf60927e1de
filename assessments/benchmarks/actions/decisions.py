"""Decisions about an audited candidate: one steward approves it, another sets its day."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.benchmarks.actions.computing import due_date
from assessments.benchmarks.models import ReleaseCandidate
from portal.accounts.access import WorkingGroup, has_working_group_role
from portal.accounts.models import User
from portal.jobs.broker import notify

State = ReleaseCandidate.State


class DecisionRefused(Exception):
    """A steward may not decide this, or not now; the text says why."""


@transaction.atomic
def approve_candidate(*, candidate: ReleaseCandidate, by: User, at: datetime) -> None:
    """Approve an audited candidate, having read its audit."""
    locked = _locked_for_decision(candidate, by)
    if locked.approved_by_id is not None:
        raise DecisionRefused(_("This candidate is approved already."))
    locked.approved_by, locked.approved_at = by, at
    locked.save(update_fields=["approved_by", "approved_at"])


@transaction.atomic
def schedule_candidate(*, candidate: ReleaseCandidate, by: User, on: date, at: datetime) -> None:
    """Have an approved candidate published on a day, by somebody else than who approved it.

    A day that has come is at once: the worker publishes as soon as this is committed.
    """
    locked = _locked_for_decision(candidate, by)
    if locked.approved_by_id is None:
        raise DecisionRefused(_("Another steward approves this candidate first."))
    if locked.approved_by_id == by.pk:
        raise DecisionRefused(
            _("You approved this candidate. Another steward has it published: four eyes see it.")
        )
    due = due_date(locked.wave)
    if on < due:
        raise DecisionRefused(
            _("The release of {wave} may appear from {due} on.").format(
                wave=locked.wave.code, due=due.isoformat()
            )
        )
    locked.published_by, locked.publish_date = by, on
    locked.save(update_fields=["published_by", "publish_date"])
    if on <= at.date():
        transaction.on_commit(partial(notify, "publish_benchmarks"))


@transaction.atomic
def send_back(*, candidate: ReleaseCandidate, by: User) -> None:
    """Take approval and schedule back; the audit stands and can be approved again."""
    locked = _locked_for_decision(candidate, by)
    if locked.approved_by_id is None:
        raise DecisionRefused(_("This candidate is not approved."))
    clear_decisions(locked)


def clear_decisions(candidate: ReleaseCandidate) -> None:
    candidate.approved_by = candidate.approved_at = None
    candidate.published_by = candidate.publish_date = None
    candidate.save(update_fields=["approved_by", "approved_at", "published_by", "publish_date"])


def _locked_for_decision(candidate: ReleaseCandidate, by: User) -> ReleaseCandidate:
    rows = ReleaseCandidate.objects.select_for_update(of=("self",)).select_related("wave")
    locked = rows.get(pk=candidate.pk)
    refuse_without_role(by)
    if locked.state != State.AUDITED:
        raise DecisionRefused(_("This candidate is not audited, or published by now."))
    return locked


def refuse_without_role(by: User) -> None:
    if not has_working_group_role(by, WorkingGroup.STEWARD):
        raise DecisionRefused(_("Only stewards decide about releases."))
