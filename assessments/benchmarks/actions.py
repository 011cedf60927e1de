"""Benchmark releases: from a closed wave to what is said of a release afterwards.

A job computes a candidate and audits it; a steward approves it; another one has it published, at
once or on a day. What is published is what was audited, to the byte but for its day: if anything
it was computed from has changed by then, it is audited again. A worker owns a candidate as it does
a report: while its claim stands and its lease runs.
"""

from __future__ import annotations

import hashlib
import json
import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from assessments.answering.models import Wave
from assessments.benchmarks import queries
from assessments.benchmarks.models import (
    BenchmarkRelease,
    Observation,
    ReleaseCandidate,
    ReleaseMember,
    ReleaseNote,
)
from assessments.disclosure import release as benchmark
from assessments.disclosure import release_audit as gate
from assessments.disclosure import revisions as revision
from assessments.disclosure import thresholds as disclosure
from assessments.questionnaires.models import InstrumentEdition
from assessments.webhooks import actions as webhooks
from portal.accounts.access import WorkingGroup, has_working_group_role
from portal.accounts.models import User
from portal.jobs import broker as bell

logger = logging.getLogger(__name__)

KEYS = ("cohort", "measure", "view")  # of an observation; everything else is its figures
LONGEST_STAGE = 80
BACKOFF = timedelta(seconds=10)
HEARTBEAT = timedelta(seconds=5)
State = ReleaseCandidate.State
# Nobody can sign in as these: the demonstration is approved by the one, published by the other.
DEMONSTRATION_EYES = ("first-eyes@demo.example", "second-eyes@demo.example")


class ReleaseRefused(Exception):
    """The release may not be published (yet); the text says why."""


class DecisionRefused(Exception):
    """A steward may not decide this, or not now; the text says why."""


class ClaimLost(Exception):
    """Another worker has taken the audit over, or it is gone; the work is for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a release is computed from; it is held in memory and never stored."""

    edition: InstrumentEdition
    submissions: Sequence[benchmark.Submission]

    @property
    def sha256(self) -> str:
        """A hash that changes with any of the submissions."""
        units = sorted(_digest(submission) for submission in self.submissions)
        return hashlib.sha256("\n".join(units).encode()).hexdigest()


def series_of(wave: Wave) -> str:
    return BenchmarkRelease.Series.DEMO if wave.is_demonstration else BenchmarkRelease.Series.MARKET


def due_date(wave: Wave) -> date:
    """Return the first day on which the release of a wave may appear."""
    days = 1 if wave.is_demonstration else benchmark.DAYS_FROM_CLOSE
    return wave.closes_date + timedelta(days=days)


# The demonstration


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
    _refuse_untimely(locked, at.date())
    counted = _counted(locked)
    first, second = (_demonstration_person(email) for email in DEMONSTRATION_EYES)
    candidate = ReleaseCandidate.objects.create(
        wave=locked,
        state=State.AUDITED,
        progress=100,
        **_stored(locked, counted, report=None, revision_number=1, at=at),
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


# A candidate: asked for, audited


@transaction.atomic
def queue_candidate(
    *, wave: Wave, by: User | None, at: datetime, change: str = ""
) -> ReleaseCandidate:
    """Ask for the audit of a closed wave's release; None is the scheduler.

    With `change`, which tells readers what was wrong, it is a revision of the published release
    (R11). A candidate that was audited already is audited anew, and its approval ends.
    """
    locked = Wave.objects.select_for_update().get(pk=wave.pk)
    if by is not None:
        _refuse_without_role(by)
    _refuse_open(locked, at.date())
    number = _next_revision(locked, change=change, today=at.date())
    living = ReleaseCandidate.objects.living().filter(wave=locked).first()
    if living is None:
        living = ReleaseCandidate(wave=locked, revision=number)
    elif living.is_waiting:
        return living  # somebody asked a moment ago
    living.change = change or living.change
    living.requested_by, living.created_at = by, at
    _wait_for_audit(living, at=at)
    living.save()
    _ring(living)
    return living


def _next_revision(wave: Wave, *, change: str, today: date) -> int:
    latest = queries.releases_of(wave, series=series_of(wave)).first()
    if latest is None:
        return 1
    living = ReleaseCandidate.objects.living().filter(wave=wave).first()
    if not change and not (living and living.change):
        raise ReleaseRefused(_("{wave} is published already.").format(wave=wave.code))
    until = revision.last_day(latest.published_at.date())
    if today > until:
        raise ReleaseRefused(
            _(
                "{release} could be revised until {until}. Publish an erratum, or withdraw it."
            ).format(release=latest.code, until=until.isoformat())
        )
    return latest.revision + 1


def _wait_for_audit(candidate: ReleaseCandidate, *, at: datetime, stage: str = "") -> None:
    """Put a candidate back to where an audit begins; whatever was decided about it ends."""
    candidate.state, candidate.progress, candidate.stage = State.QUEUED, 0, stage
    candidate.attempts, candidate.not_before = 0, at
    candidate.claim = candidate.lease_until = candidate.rung_at = None
    candidate.document = candidate.audit = candidate.audit_sha256 = ""
    candidate.input_sha256 = candidate.reason = ""
    candidate.audited_at = None
    candidate.approved_by = candidate.approved_at = None
    candidate.published_by = candidate.publish_date = None


def _ring(candidate: ReleaseCandidate) -> None:
    transaction.on_commit(partial(bell.notify, "audit_release", candidate_id=candidate.pk))


def audit_candidate(*, candidate_id: int, clock: Callable[[], datetime]) -> None:
    """Compute and audit one candidate, from its claim to its audit report or a reason."""
    claim = claim_candidate(candidate_id=candidate_id, at=clock())
    if claim is None:
        return

    give_up = partial(_give_up, candidate_id=candidate_id, claim=claim)
    held = _Held(candidate_id, claim, clock)
    try:
        candidate = ReleaseCandidate.objects.select_related("wave").get(pk=candidate_id)
        held.tell(2, _("Reading the submissions"))
        counted = _counted(candidate.wave)
        _refuse_small_change(candidate, counted)
        report = _attacked(candidate.wave, counted, held=held)
        held.tell(98, _("Writing the candidate"))
        values = _stored(
            candidate.wave,
            counted,
            report=report,
            revision_number=candidate.revision,
            at=clock(),
        )
        _finish_audit(candidate_id=candidate_id, claim=claim, values=values)
    except ClaimLost:
        return
    except ReleaseRefused as exc:
        give_up(reason=str(exc), retry=False, at=clock())
    except ModuleNotFoundError as exc:
        reason = _("The audit needs {module} on the machine of the worker. Have it installed.")
        give_up(reason=reason.format(module=exc.name), retry=False, at=clock())
    except Exception as exc:
        logger.exception("Candidate %s could not be audited.", candidate_id)
        reason = _(
            "The portal made a mistake during this audit ({kind}). Ask for it again; if it fails "
            "again, tell the portal’s team."
        )
        give_up(reason=reason.format(kind=type(exc).__name__), retry=True, at=clock())


class _Held:
    """A worker's hold on a candidate: every sign of life renews it, and finds out if it is lost."""

    def __init__(self, candidate_id: int, claim: uuid.UUID, clock: Callable[[], datetime]) -> None:
        self.candidate_id, self.claim, self.clock = candidate_id, claim, clock
        self.percent, self.stage, self.told_at = 0, "", clock()

    def tell(self, percent: int, stage: str) -> None:
        self.percent, self.stage, self.told_at = percent, stage, self.clock()
        if not note_progress(
            candidate_id=self.candidate_id,
            claim=self.claim,
            percent=percent,
            stage=stage,
            at=self.told_at,
        ):
            raise ClaimLost

    def attacked(self, done: int, total: int) -> None:
        """Tell how many of the systems of figures have been attacked."""
        stage = _("Attacking the figures: {done} of {total}").format(done=done, total=total)
        self.tell(5 + 90 * done // max(total, 1), stage)

    def alive(self) -> bool:
        """Renew the lease every few seconds between two signs of progress; never says stop."""
        if self.clock() - self.told_at > HEARTBEAT:
            self.tell(self.percent, self.stage)
        return False


def claim_candidate(*, candidate_id: int, at: datetime) -> uuid.UUID | None:
    """Take a due audit for one lease and return the claim; None if it is not to be had."""
    claim = uuid.uuid4()
    due = ReleaseCandidate.objects.due(at).filter(pk=candidate_id)
    won = due.filter(attempts__lt=settings.AUDIT_MAX_ATTEMPTS).update(
        state=State.AUDITING,
        claim=claim,
        attempts=F("attempts") + 1,
        lease_until=_lease(at),
        progress=1,
        stage=_("Starting"),
    )
    if won:
        return claim
    due.filter(attempts__gte=settings.AUDIT_MAX_ATTEMPTS).update(
        state=State.FAILED,
        claim=None,
        lease_until=None,
        stage="",
        reason=_(
            "This audit stopped its worker {attempts} times. Ask for it again; if it fails again, "
            "tell the portal’s team."
        ).format(attempts=settings.AUDIT_MAX_ATTEMPTS),
    )
    return None


def note_progress(
    *, candidate_id: int, claim: uuid.UUID, percent: int, stage: str, at: datetime
) -> bool:
    """Show how far an audit is and renew its lease; False says that the claim is lost."""
    held = ReleaseCandidate.objects.filter(pk=candidate_id, claim=claim, state=State.AUDITING)
    return bool(held.update(progress=percent, stage=stage[:LONGEST_STAGE], lease_until=_lease(at)))


def _finish_audit(*, candidate_id: int, claim: uuid.UUID, values: dict[str, Any]) -> None:
    held = ReleaseCandidate.objects.filter(pk=candidate_id, claim=claim, state=State.AUDITING)
    held.update(state=State.AUDITED, progress=100, stage="", claim=None, lease_until=None, **values)


def _give_up(
    *, candidate_id: int, claim: uuid.UUID, reason: str, retry: bool, at: datetime
) -> None:
    """Queue an audit again a little later, or fail it with a reason for stewards."""
    held = ReleaseCandidate.objects.filter(pk=candidate_id, claim=claim, state=State.AUDITING)
    if retry:
        requeued = held.filter(attempts__lt=settings.AUDIT_MAX_ATTEMPTS).update(
            state=State.QUEUED,
            claim=None,
            lease_until=None,
            not_before=at + BACKOFF,
            rung_at=None,
            progress=0,
            stage=_("Waiting to try again"),
        )
        if requeued:
            return
    held.update(state=State.FAILED, claim=None, lease_until=None, stage="", reason=reason)


def sweep_audits(*, at: datetime) -> int:
    """Ring for overdue audits and for publications whose bell was lost; return how many."""
    quiet_since = at - timedelta(seconds=settings.AUDIT_LEASE_SECONDS / 2)
    due = (
        ReleaseCandidate.objects.due(at)
        .filter(Q(rung_at=None) | Q(rung_at__lt=quiet_since))
        .filter(Q(state=State.AUDITING) | Q(not_before__lt=at - timedelta(seconds=2)))
    )
    rung = 0
    for candidate_id in list(due.values_list("pk", flat=True)):
        if not bell.notify("audit_release", candidate_id=candidate_id):
            break
        ReleaseCandidate.objects.filter(pk=candidate_id).update(rung_at=at)
        rung += 1
    if ReleaseCandidate.objects.scheduled(on=at.date()).exists():
        rung += bell.notify("publish_benchmarks")
    return rung


def _lease(at: datetime) -> datetime:
    return at + timedelta(seconds=settings.AUDIT_LEASE_SECONDS)


# Decisions, by two stewards


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
        transaction.on_commit(partial(bell.notify, "publish_benchmarks"))


@transaction.atomic
def send_back(*, candidate: ReleaseCandidate, by: User) -> None:
    """Take approval and schedule back; the audit stands and can be approved again."""
    locked = _locked_for_decision(candidate, by)
    if locked.approved_by_id is None:
        raise DecisionRefused(_("This candidate is not approved."))
    _undecided(locked)


def _undecided(candidate: ReleaseCandidate) -> None:
    candidate.approved_by = candidate.approved_at = None
    candidate.published_by = candidate.publish_date = None
    candidate.save(update_fields=["approved_by", "approved_at", "published_by", "publish_date"])


def _locked_for_decision(candidate: ReleaseCandidate, by: User) -> ReleaseCandidate:
    _refuse_without_role(by)
    rows = ReleaseCandidate.objects.select_for_update(of=("self",)).select_related("wave")
    locked = rows.get(pk=candidate.pk)
    if locked.state != State.AUDITED:
        raise DecisionRefused(_("This candidate is not audited, or published by now."))
    return locked


def _refuse_without_role(by: User) -> None:
    if not has_working_group_role(by, WorkingGroup.STEWARD):
        raise DecisionRefused(_("Only stewards decide about releases."))


# Publishing


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
        if today >= due_date(wave) and not _later_release(wave):
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
    waves = [each.pk for each in queries.waves_of_release(wave)]
    list(Wave.objects.select_for_update().filter(pk__in=waves).order_by("pk"))
    rows = ReleaseCandidate.objects.select_for_update(of=("self",))
    locked = rows.select_related("wave", "approved_by", "published_by").get(pk=candidate.pk)
    if locked.state != State.AUDITED or not locked.publish_date or locked.publish_date > at.date():
        return None
    eyes = [locked.approved_by, locked.published_by]
    if not all(each and has_working_group_role(each, WorkingGroup.STEWARD) for each in eyes):
        _undecided(locked)
        return None
    _refuse_untimely(locked.wave, at.date(), is_revision=locked.revision > 1)
    counted = _counted(locked.wave)
    if counted.sha256 != locked.input_sha256:
        _wait_for_audit(
            locked, at=at, stage=_("Something changed since the audit, which is run again")
        )
        locked.save()
        _ring(locked)
        return None
    _refuse_small_change(locked, counted)
    return _store(locked, counted, at=at)


def _store(candidate: ReleaseCandidate, counted: Counted, *, at: datetime) -> BenchmarkRelease:
    """Write the release, its rows and who was in it; tell subscribers once it is committed."""
    document = {**json.loads(candidate.document), "published_date": at.date().isoformat()}
    content = benchmark.canonical_json(document)
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
                **{key: row[key] for key in KEYS},
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
                for member in _members(counted)
            ],
            batch_size=1000,
        )
    _mark_revised(candidate, at=at)
    candidate.state, candidate.release, candidate.stage = State.PUBLISHED, release, ""
    candidate.save(update_fields=["state", "release", "stage"])
    webhooks.announce(webhooks.RELEASE_PUBLISHED, _ids(release), at=at)
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


def _ids(release: BenchmarkRelease) -> dict[str, Any]:
    return {"release": release.code, "series": release.series, "revision": release.revision}


# What is said of a release afterwards


@transaction.atomic
def propose_note(
    *, release: BenchmarkRelease, kind: str, text: str, by: User, at: datetime
) -> ReleaseNote:
    """Propose an erratum, or a tombstone that withdraws the release; another steward confirms."""
    _refuse_without_role(by)
    if kind not in (ReleaseNote.Kind.ERRATUM, ReleaseNote.Kind.TOMBSTONE):
        raise DecisionRefused(_("Choose an erratum, or the withdrawal of the release."))
    BenchmarkRelease.objects.select_for_update(of=("self",)).only("pk").get(pk=release.pk)
    if release.notes.filter(kind=ReleaseNote.Kind.TOMBSTONE).exists():
        raise DecisionRefused(_("This release is withdrawn, or its withdrawal is proposed."))
    return ReleaseNote.objects.create(
        release=release, kind=kind, text=text, proposed_by=by, proposed_at=at
    )


@transaction.atomic
def confirm_note(*, note: ReleaseNote, by: User, at: datetime) -> None:
    """Confirm what somebody else proposed: from now on everybody reads it."""
    _refuse_without_role(by)
    rows = ReleaseNote.objects.select_for_update(of=("self",)).select_related("release")
    locked = rows.defer("release__document").get(pk=note.pk)
    if locked.confirmed_at is not None:
        raise DecisionRefused(_("This note is confirmed already."))
    if locked.proposed_by_id == by.pk:
        raise DecisionRefused(_("You proposed this note. Another steward confirms it."))
    locked.confirmed_by, locked.confirmed_at = by, at
    locked.save(update_fields=["confirmed_by", "confirmed_at"])
    if locked.kind == ReleaseNote.Kind.TOMBSTONE:
        webhooks.announce(webhooks.RELEASE_WITHDRAWN, _ids(locked.release), at=at)


@transaction.atomic
def drop_note(*, note: ReleaseNote, by: User) -> None:
    """Drop a proposal, one's own or another's, that nobody has confirmed."""
    _refuse_without_role(by)
    locked = ReleaseNote.objects.select_for_update(of=("self",)).get(pk=note.pk)
    if locked.confirmed_at is not None:
        raise DecisionRefused(_("This note is confirmed already."))
    locked.delete()


# Who was counted


def forget_members(*, on: date) -> int:
    """Delete who was counted in releases that can no longer be revised; return how many rows."""
    oldest = on - timedelta(days=revision.DAYS_TO_REVISE)
    gone, _by_model = ReleaseMember.objects.filter(release__published_at__date__lt=oldest).delete()
    return gone


def _members(counted: Counted) -> list[revision.Member]:
    """Return who is counted in which groups, as far as membership decides."""
    columns = benchmark.Submissions.from_rows(counted.submissions)
    groups: list[set[str]] = [set() for _each in counted.submissions]
    for cohort in benchmark.distanced(columns):
        for row in cohort.rows if cohort.rows is not None else ():
            groups[int(row)].add(cohort.id)
    return [
        revision.Member(
            organisation=submission.organisation,
            respondent_type=submission.respondent_type,
            cohorts=frozenset(cohorts),
            digest=_digest(submission),
        )
        for submission, cohorts in zip(counted.submissions, groups, strict=True)
    ]


def _digest(submission: benchmark.Submission) -> str:
    values = [getattr(submission, field.name) for field in fields(submission)]
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _refuse_small_change(candidate: ReleaseCandidate, counted: Counted) -> None:
    """Refuse a revision from which, less what it revises, figures about a few could be had."""
    if candidate.revision == 1:
        return
    before = [
        revision.Member(
            organisation=str(row.organisation),
            respondent_type=row.respondent_type,
            cohorts=frozenset(row.cohorts),
            digest=row.digest,
        )
        for row in ReleaseMember.objects.filter(
            release__wave=candidate.wave, release__revision=candidate.revision - 1
        )
    ]
    after = _members(counted)
    if not before:
        raise ReleaseRefused(_("It is no longer known who was counted, so nothing can be revised."))
    if not revision.changed_organisations(before, after):
        raise ReleaseRefused(_("Nothing has changed, so there is nothing to revise."))
    if few := revision.too_few_changed(before, after):
        raise ReleaseRefused(
            _(
                "In {cohorts} of the groups that would change, fewer than {least} organisations "
                "have. Publish an erratum in words, or withdraw the release."
            ).format(cohorts=len(few), least=disclosure.MIN_ORGANISATIONS)
        )


# Computing


def _counted(wave: Wave) -> Counted:
    """Return what the release of a wave would count, or refuse."""
    series = series_of(wave)
    waves = queries.waves_of_release(wave)
    earlier = waves[1:]
    if _organisations(_eligible(earlier, series)[1]) >= disclosure.MIN_ORGANISATIONS:
        raise ReleaseRefused(
            _("{earlier} is due and not released yet. Release it before {wave}.").format(
                earlier=earlier[0].code, wave=wave.code
            )
        )
    edition, submissions = _eligible(waves, series)
    if edition is None or _organisations(submissions) < disclosure.MIN_ORGANISATIONS:
        raise ReleaseRefused(
            _(
                "{wave} has fewer than {least} organisations that may be counted. No release is "
                "published; the submissions move, unread, into the next one."
            ).format(wave=wave.code, least=disclosure.MIN_ORGANISATIONS)
        )
    return Counted(edition=edition, submissions=submissions)


def _attacked(wave: Wave, counted: Counted, *, held: _Held) -> dict[str, Any]:
    """Return the audit report: what we could find out about somebody, and what it cost."""
    return gate.audit_release(
        counted.submissions,
        previous=_wave_before(wave),
        progress=held.attacked,
        stop=held.alive,
    )


def _wave_before(wave: Wave) -> gate.Wave | None:
    """Return the last released wave, as an attacker would hold it against this one."""
    earlier = BenchmarkRelease.objects.of_series(series_of(wave)).filter(
        wave__closes_date__lt=wave.closes_date
    )
    last = earlier.order_by("-wave__closes_date", "-revision").select_related("wave").first()
    if last is None:
        return None
    waves = queries.waves_of_release(last.wave)
    submissions = queries.eligible_submissions(waves, series=last.series, edition=last.edition)
    return gate.Wave(submissions=submissions, document=json.loads(last.document))


def _stored(
    wave: Wave,
    counted: Counted,
    *,
    report: dict[str, Any] | None,
    revision_number: int,
    at: datetime,
) -> dict[str, Any]:
    """Return what a candidate keeps: the document but for its day, and the audit report."""
    suffix = f"-r{revision_number}" if revision_number > 1 else ""
    edition = counted.edition
    try:
        document = benchmark.build_release(
            counted.submissions,
            release_id=f"{wave.code}{suffix}",
            series=series_of(wave),
            wave=wave.code,
            instrument={
                "code": edition.instrument.code,
                "version": edition.version,
                "sha256": edition.sha256,
            },
            scoring=edition.content.scale.engine,
            closed_date=wave.closes_date,
            published_date=max(at.date(), due_date(wave)),
            revision=f"r{revision_number}",
            audit=report,
        )
    except benchmark.ReleaseRefused as exc:
        raise ReleaseRefused(str(exc)) from exc
    del document["published_date"]  # it is known on the day
    audit = benchmark.canonical_json(report or {"left_out": "synthetic organisations"})
    return {
        "document": benchmark.canonical_json(document).decode(),
        "audit": audit.decode(),
        "audit_sha256": hashlib.sha256(audit).hexdigest(),
        "input_sha256": counted.sha256,
        "audited_at": at,
    }


def _eligible(
    waves: Sequence[Wave], series: str
) -> tuple[InstrumentEdition | None, list[benchmark.Submission]]:
    edition = queries.edition_of_release(waves) if waves else None
    if edition is None:
        return None, []
    return edition, queries.eligible_submissions(waves, series=series, edition=edition)


def _organisations(submissions: Sequence[benchmark.Submission]) -> int:
    return len({submission.organisation for submission in submissions})


def _refuse_other_series(wave: Wave, series: str) -> None:
    if series != series_of(wave):
        raise ReleaseRefused(
            _(
                "{wave} belongs to the {own} series and cannot be released in the {asked} one."
            ).format(wave=wave.code, own=series_of(wave), asked=series)
        )


def _refuse_open(wave: Wave, today: date) -> None:
    if today <= wave.closes_date:
        raise ReleaseRefused(
            _(
                "{wave} is open until {closes}. Nothing is published about an open period; "
                "come back on {due}."
            ).format(
                wave=wave.code,
                closes=wave.closes_date.isoformat(),
                due=due_date(wave).isoformat(),
            )
        )
    if taken := _later_release(wave):
        raise ReleaseRefused(
            _(
                "The submissions of {wave} have moved into {release}. "
                "Each submission enters one release only."
            ).format(wave=wave.code, release=taken.code)
        )


def _refuse_untimely(wave: Wave, today: date, *, is_revision: bool = False) -> None:
    _refuse_open(wave, today)
    due = due_date(wave)
    if today < due:
        raise ReleaseRefused(
            _("{wave} closed on {closes}; its release may appear from {due} on.").format(
                wave=wave.code, closes=wave.closes_date.isoformat(), due=due.isoformat()
            )
        )
    if not is_revision and queries.releases_of(wave, series=series_of(wave)).exists():
        raise ReleaseRefused(_("{wave} is published already.").format(wave=wave.code))


def _later_release(wave: Wave) -> BenchmarkRelease | None:
    """Return a release of a later wave, into which the submissions of this one have moved."""
    later = BenchmarkRelease.objects.filter(
        series=series_of(wave), wave__closes_date__gt=wave.closes_date
    )
    return later.defer("document").order_by("wave__closes_date").first()
