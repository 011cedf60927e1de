"""Publication: an approved candidate whose day has come becomes a release.

What is published is what was audited, to the byte but for its day: if anything it was computed
from has changed by then, it is audited again.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.answering.models import Wave
from assessments.benchmarks import eligibility, queries
from assessments.benchmarks.actions.audits import queue_candidate, reset_for_audit
from assessments.benchmarks.actions.computing import (
    Counted,
    ReleaseRefused,
    count,
    due_date,
    later_release,
    members_of,
    refuse_small_change,
    refuse_untimely,
    series_of,
    values_of,
)
from assessments.benchmarks.actions.decisions import clear_decisions
from assessments.benchmarks.models import (
    BenchmarkRelease,
    Observation,
    ReleaseCandidate,
    ReleaseMember,
    ReleaseNote,
)
from assessments.core.documents import canonical_json
from assessments.disclosure import revisions
from assessments.disclosure.document import ReleaseDocument, parse_candidate
from assessments.webhooks import actions as webhooks
from portal.accounts.access import WorkingGroup, has_working_group_role
from portal.accounts.models import User
from portal.jobs import leases

logger = logging.getLogger(__name__)

State = ReleaseCandidate.State
KEYS = ("cohort", "measure", "view")  # of an observation; everything else is its figures
# Nobody can sign in as these: the demonstration is approved by the one, published by the other.
DEMONSTRATION_APPROVERS = ("first-eyes@demo.example", "second-eyes@demo.example")


@transaction.atomic
def publish_release(*, wave: Wave, series: str, at: datetime) -> BenchmarkRelease:
    """Compute and publish the release of a closed demonstration wave, all or nothing.

    It goes the way of every candidate but for the attack, as its document says: nobody is in
    it. A market wave is refused: its release is audited and seen by four eyes. A wave that
    has a release keeps it.
    """
    # The lock lets the second of two publishers see what the first one stored.
    locked = Wave.objects.select_for_update().get(pk=wave.pk)
    if existing := queries.releases_of(locked, series=series).first():
        return existing
    _refuse_other_series(locked, series)
    if not locked.is_demonstration:
        raise ReleaseRefused(
            _(
                "{wave} is of the market. Its release is audited, approved by one steward and "
                "published by another."
            ).format(wave=locked.code)
        )
    refuse_untimely(locked, at.date())
    counted = count(locked)
    first, second = (_demonstration_person(email) for email in DEMONSTRATION_APPROVERS)
    candidate = ReleaseCandidate.objects.create(
        wave=locked,
        state=State.AUDITED,
        progress=100,
        **values_of(locked, counted, report=None, revision_number=1, at=at),
        approved_by=first,
        approved_at=at,
        published_by=second,
        publish_date=at.date(),
    )
    return _store(candidate, counted, at=at)


def _demonstration_person(email: str) -> User:
    person, _created = User.objects.get_or_create(
        email=email,
        defaults={"name": "Demonstration", "is_active": False, "password": "!"},
    )
    return person


def publish_due_releases(*, at: datetime) -> list[BenchmarkRelease]:
    """Do what is due: queue audits, publish what is scheduled, forget who was counted long ago.

    A wave that cannot be released is logged and passed over, so the others are not held up.
    """
    forget_members(on=at.date())
    published = []
    for wave in _waves_due(at.date()):
        try:
            if wave.is_demonstration:
                published.append(publish_release(wave=wave, series=series_of(wave), at=at))
            else:
                queue_candidate(wave=wave, by=None, at=at)
        except ReleaseRefused as exc:
            logger.info("No release: %s", exc)
    scheduled = ReleaseCandidate.objects.scheduled(on=at.date())
    for candidate in scheduled.order_by("wave__closes_date", "revision"):
        if release := publish_candidate(candidate=candidate, at=at):
            published.append(release)
    return published


def _waves_due(today: date) -> Iterable[Wave]:
    """Yield the waves that are due and have neither release nor candidate, the earliest first."""
    waiting = Wave.objects.filter(releases=None, candidates=None, closes_date__lt=today)
    for wave in waiting.order_by("closes_date", "code"):
        if today >= due_date(wave) and not later_release(wave):
            yield wave


def publish_candidate(*, candidate: ReleaseCandidate, at: datetime) -> BenchmarkRelease | None:
    """Publish an approved candidate whose day has come, all or nothing; None if it may not be.

    What was computed from other submissions than there are now is audited again. A steward who
    is none any more decides nothing.
    """
    try:
        with transaction.atomic():
            return _publish(candidate, at=at)
    except ReleaseRefused as exc:
        logger.warning("Candidate %s is not published: %s", candidate.pk, exc)
        ReleaseCandidate.objects.filter(pk=candidate.pk, state=State.AUDITED).update(
            state=State.FAILED,
            reason=str(exc),
            approved_by=None,
            approved_at=None,
            published_by=None,
            publish_date=None,
        )
        return None


def _publish(candidate: ReleaseCandidate, *, at: datetime) -> BenchmarkRelease | None:
    # Waves before candidates, as everywhere: a withdrawal waits for this, or comes first.
    wave = Wave.objects.get(pk=candidate.wave_id)
    waves = [each.pk for each in eligibility.waves_of_release(wave)]
    list(Wave.objects.select_for_update().filter(pk__in=waves).order_by("pk"))
    rows = ReleaseCandidate.objects.select_for_update(of=("self",))
    locked = rows.select_related("wave", "approved_by", "published_by").get(pk=candidate.pk)
    if locked.state != State.AUDITED or not locked.publish_date or locked.publish_date > at.date():
        return None
    approvers = [locked.approved_by, locked.published_by]
    if not all(each and has_working_group_role(each, WorkingGroup.STEWARD) for each in approvers):
        clear_decisions(locked)
        return None
    refuse_untimely(locked.wave, at.date(), is_revision=locked.revision > 1)
    counted = count(locked.wave)
    if counted.sha256 != locked.input_sha256:
        reset_for_audit(
            locked, at=at, stage=_("Something changed since the audit, which is run again")
        )
        locked.save()
        leases.notify_on_commit(locked)
        return None
    refuse_small_change(locked, counted)
    return _store(locked, counted, at=at)


def _store(candidate: ReleaseCandidate, counted: Counted, *, at: datetime) -> BenchmarkRelease:
    """Write the release, its rows and who was in it; notify subscribers once it is committed."""
    document: ReleaseDocument = {
        **parse_candidate(candidate.document),
        "published_date": at.date().isoformat(),
    }
    content = canonical_json(document)
    release = BenchmarkRelease.objects.create(
        code=document["id"],
        series=document["series"],
        wave=candidate.wave,
        revision=candidate.revision,
        edition=counted.edition,
        document=content.decode(),
        sha256=hashlib.sha256(content).hexdigest(),
        published_at=at,
    )
    Observation.objects.bulk_create(
        [
            Observation(
                release=release,
                position=position,
                figures={key: value for key, value in row.items() if key not in KEYS},
                cohort=row["cohort"],
                measure=row["measure"],
                view=row["view"],
            )
            for position, row in enumerate(document["observations"])
        ],
        batch_size=500,
    )
    if not release.is_demonstration:
        ReleaseMember.objects.bulk_create(
            [
                ReleaseMember(
                    release=release,
                    organisation=member.organisation,
                    respondent_type=member.respondent_type,
                    cohorts=sorted(member.cohorts),
                    digest=member.digest,
                )
                for member in members_of(counted)
            ],
            batch_size=1000,
        )
    _mark_revised(candidate, at=at)
    candidate.state, candidate.release, candidate.stage = State.PUBLISHED, release, ""
    candidate.save(update_fields=["state", "release", "stage"])
    webhooks.announce(webhooks.RELEASE_PUBLISHED, event_of(release), at=at)
    return release


def _mark_revised(candidate: ReleaseCandidate, *, at: datetime) -> None:
    if candidate.revision == 1:
        return
    assert candidate.approved_by, "only what is approved is stored"
    assert candidate.published_by, "only what somebody published is stored"
    ReleaseNote.objects.create(
        release=candidate.wave.releases.get(
            series=series_of(candidate.wave), revision=candidate.revision - 1
        ),
        kind=ReleaseNote.Kind.REVISION,
        text=candidate.change,
        proposed_by=candidate.approved_by,
        proposed_at=candidate.approved_at or at,
        confirmed_by=candidate.published_by,
        confirmed_at=at,
    )


def event_of(release: BenchmarkRelease) -> dict[str, Any]:
    return {"release": release.code, "series": release.series, "revision": release.revision}


def forget_members(*, on: date) -> int:
    """Delete who was counted in releases that can no longer be revised; return how many rows."""
    oldest = on - timedelta(days=revisions.DAYS_TO_REVISE)
    gone, _by_model = ReleaseMember.objects.filter(release__published_at__date__lt=oldest).delete()
    return gone


def _refuse_other_series(wave: Wave, series: str) -> None:
    if series != series_of(wave):
        raise ReleaseRefused(
            _(
                "{wave} belongs to the {own} series and cannot be released in the {other} one."
            ).format(wave=wave.code, own=series_of(wave), other=series)
        )
