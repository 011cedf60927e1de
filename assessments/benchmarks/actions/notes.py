"""Notes about a published release: errata and withdrawals, by two stewards."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.benchmarks.actions.decisions import DecisionRefused, refuse_without_role
from assessments.benchmarks.actions.publishing import event_of
from assessments.benchmarks.models import BenchmarkRelease, ReleaseNote
from assessments.webhooks import actions as webhooks
from portal.accounts.models import User


@transaction.atomic
def propose_note(
    *, release: BenchmarkRelease, kind: str, text: str, by: User, at: datetime
) -> ReleaseNote:
    """Propose an erratum, or a tombstone that withdraws the release; another steward confirms."""
    BenchmarkRelease.objects.select_for_update(of=("self",)).only("pk").get(pk=release.pk)
    refuse_without_role(by)
    if kind not in (ReleaseNote.Kind.ERRATUM, ReleaseNote.Kind.TOMBSTONE):
        raise DecisionRefused(_("Choose an erratum, or the withdrawal of the release."))
    if release.notes.filter(kind=ReleaseNote.Kind.TOMBSTONE).exists():
        raise DecisionRefused(_("This release is withdrawn, or its withdrawal is proposed."))
    return ReleaseNote.objects.create(
        release=release, kind=kind, text=text, proposed_by=by, proposed_at=at
    )


@transaction.atomic
def confirm_note(*, note: ReleaseNote, by: User, at: datetime) -> None:
    """Confirm what somebody else proposed: from now on everybody reads it."""
    rows = ReleaseNote.objects.select_for_update(of=("self",)).select_related("release")
    locked = rows.defer("release__document").get(pk=note.pk)
    refuse_without_role(by)
    if locked.confirmed_at is not None:
        raise DecisionRefused(_("This note is confirmed already."))
    if locked.proposed_by_id == by.pk:
        raise DecisionRefused(_("You proposed this note. Another steward confirms it."))
    locked.confirmed_by, locked.confirmed_at = by, at
    locked.save(update_fields=["confirmed_by", "confirmed_at"])
    if locked.kind == ReleaseNote.Kind.TOMBSTONE:
        webhooks.announce(webhooks.RELEASE_WITHDRAWN, event_of(locked.release), at=at)


@transaction.atomic
def drop_note(*, note: ReleaseNote, by: User) -> None:
    """Drop a proposal, one's own or another's, that nobody has confirmed."""
    locked = ReleaseNote.objects.select_for_update(of=("self",)).get(pk=note.pk)
    refuse_without_role(by)
    if locked.confirmed_at is not None:
        raise DecisionRefused(_("This note is confirmed already."))
    locked.delete()
