"""From a closed wave to a release and beyond: one job, two stewards, and what is said after."""

from __future__ import annotations

import json
import uuid
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from assessments.answering.models import Wave
from assessments.benchmarks import queries, tasks
from assessments.benchmarks.actions import audits, computing, decisions, notes, publishing
from assessments.benchmarks.models import (
    BenchmarkRelease,
    Observation,
    ReleaseCandidate,
    ReleaseMember,
    ReleaseNote,
)
from assessments.disclosure import revisions
from assessments.submissions import actions as waves
from assessments.webhooks import actions as hooks
from assessments.webhooks.models import WebhookDelivery
from portal.accounts.models import Organisation
from portal.jobs import broker, leases
from tests.assessments.market import (
    AFTER,
    audited,
    market_of,
    organisations,
    released,
    rescored,
    submitted,
    wave,
)
from tests.factories import MembershipFactory, UserFactory, steward

pytestmark = pytest.mark.django_db

State = ReleaseCandidate.State
LEASE = timedelta(seconds=settings.AUDIT_LEASE_SECONDS)


@pytest.fixture
def notified(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every notification; the broker itself is not there."""
    notifications: list[str] = []

    def send_task(task: str, **options: Any) -> None:
        notifications.append(" ".join([task, *map(str, options["kwargs"].values())]))

    monkeypatch.setattr("celery.current_app.send_task", send_task)
    monkeypatch.setattr(broker, "_paused_until", 0.0)
    return notifications


def closed(number: int = 12) -> Wave:
    period = wave()
    market_of(number, period)
    return period


TODAY = AFTER.date()


def scheduled(period: Wave, *, on: date = TODAY) -> ReleaseCandidate:
    """Return a candidate that two stewards want published."""
    candidate = audited(period)
    decisions.approve_candidate(candidate=candidate, by=steward(), at=AFTER)
    decisions.schedule_candidate(candidate=candidate, by=steward(), on=on, at=AFTER)
    candidate.refresh_from_db()
    return candidate


def leave(organisation_of: Any, at: datetime = AFTER) -> None:
    owner = MembershipFactory(organisation=organisation_of.organisation).user
    waves.withdraw_submission(assessment=organisation_of, by=owner, at=at, erase=True)


# The audit as a job


def test_the_audit_is_stored_with_the_release_and_what_was_audited_is_published() -> None:
    candidate = audited(closed())
    audit, document = json.loads(candidate.audit), json.loads(candidate.document)
    assert "published_date" not in document
    assert audit["rules"] == ["R10"]
    assert audit["insiders"] == [0, 1, 2]

    first, second = steward(), steward()
    decisions.approve_candidate(candidate=candidate, by=first, at=AFTER)
    decisions.schedule_candidate(candidate=candidate, by=second, on=AFTER.date(), at=AFTER)
    [release] = publishing.publish_due_releases(at=AFTER)

    published = json.loads(release.document)
    assert published == {**document, "published_date": "2026-02-01"}
    assert published["audit"]["figures_checked"] == audit["checked"]
    stored = release.candidate
    assert (stored.state, stored.audit, stored.approved_by, stored.published_by) == (
        State.PUBLISHED,
        candidate.audit,
        first,
        second,
    )


def claim(
    candidate: ReleaseCandidate, at: datetime = AFTER
) -> leases.Hold[ReleaseCandidate] | None:
    return leases.claim(ReleaseCandidate, candidate.pk, clock=lambda: at)


def test_asking_notifies_once_committed_and_asking_again_while_it_waits_changes_nothing(
    notified: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    period, by = closed(), steward()
    with django_capture_on_commit_callbacks(execute=True):
        first = audits.queue_candidate(wave=period, by=by, at=AFTER)
    with django_capture_on_commit_callbacks(execute=True):
        again = audits.queue_candidate(wave=period, by=by, at=AFTER)

    assert again == first
    assert notified == [f"audit_release {first.pk}"]


def test_one_worker_audits_and_another_takes_over_what_it_abandoned(notified: list[str]) -> None:
    candidate = audits.queue_candidate(wave=closed(), by=None, at=AFTER)
    first = claim(candidate)
    assert first is not None
    assert claim(candidate) is None
    first.note_progress(40, "x")
    assert audits.sweep_audits(at=AFTER + LEASE) == 0

    later = AFTER + LEASE + timedelta(seconds=1)
    assert audits.sweep_audits(at=later) == 1
    assert audits.sweep_audits(at=later) == 0  # notified a moment ago
    assert notified == [f"audit_release {candidate.pk}"]
    second = claim(candidate, later)
    assert second is not None
    with pytest.raises(leases.ClaimLost):
        first.note_progress(50, "x")


def test_an_audit_that_kills_its_workers_ends_with_a_reason() -> None:
    candidate = audits.queue_candidate(wave=closed(), by=None, at=AFTER)
    at = AFTER
    for _attempt in range(settings.AUDIT_MAX_ATTEMPTS):
        assert claim(candidate, at)
        at += LEASE + timedelta(seconds=1)

    assert claim(candidate, at) is None

    candidate.refresh_from_db()
    assert candidate.state == State.FAILED
    assert candidate.reason.startswith("This audit stopped its worker 3 times.")


def test_a_claim_lost_during_the_audit_leaves_the_other_workers_work_alone() -> None:
    candidate = audits.queue_candidate(wave=closed(), by=None, at=AFTER)
    other = uuid.uuid4()
    calls = 0

    def clock() -> datetime:
        nonlocal calls
        calls += 1
        if calls == 4:
            ReleaseCandidate.objects.filter(pk=candidate.pk).update(claim=other)
        return AFTER

    audits.audit_candidate(candidate_id=candidate.pk, clock=clock)

    candidate.refresh_from_db()
    assert (candidate.state, candidate.claim, candidate.audit) == (State.AUDITING, other, "")


def test_progress_is_seen_while_the_audit_runs() -> None:
    candidate = audits.queue_candidate(wave=closed(), by=None, at=AFTER)
    seen: list[tuple[int, str]] = []

    def clock() -> datetime:
        row = ReleaseCandidate.objects.get(pk=candidate.pk)
        seen.append((row.progress, row.stage))
        return AFTER

    audits.audit_candidate(candidate_id=candidate.pk, clock=clock)

    percents = [percent for percent, _stage in seen]
    assert percents == sorted(percents)
    assert any(stage.startswith("Attacking the figures: ") for _percent, stage in seen)


def test_a_wave_with_too_few_fails_in_plain_words() -> None:
    candidate = audits.queue_candidate(wave=closed(9), by=steward(), at=AFTER)

    tasks.audit_release(candidate_id=candidate.pk, later_argument=1)

    candidate.refresh_from_db()
    assert candidate.state == State.FAILED
    assert "fewer than 10 organisations" in candidate.reason


def test_the_wave_before_is_attacked_together_with_this_one() -> None:
    """R13: the same organisations, with the same answers, in two waves."""
    entities, periods = organisations(12), [wave(2024), wave(2025)]
    for period in periods:
        for number, entity in enumerate(entities):
            submitted(entity, period, rating=number % 4)
    released(periods[0])

    candidate = audited(periods[1])

    assert json.loads(candidate.audit)["rules"] == ["R10", "R13"]


# Four eyes


def test_nobody_publishes_what_they_approved() -> None:
    candidate, person = audited(closed()), steward()
    on = AFTER.date()
    with pytest.raises(decisions.DecisionRefused, match="Another steward approves"):
        decisions.schedule_candidate(candidate=candidate, by=person, on=on, at=AFTER)
    decisions.approve_candidate(candidate=candidate, by=person, at=AFTER)

    with pytest.raises(decisions.DecisionRefused, match="four eyes"):
        decisions.schedule_candidate(candidate=candidate, by=person, on=on, at=AFTER)

    assert publishing.publish_due_releases(at=AFTER) == []
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        ReleaseCandidate.objects.filter(pk=candidate.pk).update(published_by=person)


def test_whoever_is_no_steward_decides_nothing() -> None:
    period = closed()
    candidate = audited(period)
    for by in (UserFactory(), UserFactory(is_superuser=True, is_staff=True)):
        attempts = (
            lambda by=by: audits.queue_candidate(wave=period, by=by, at=AFTER),
            lambda by=by: decisions.approve_candidate(candidate=candidate, by=by, at=AFTER),
            lambda by=by: decisions.send_back(candidate=candidate, by=by),
            lambda by=by: decisions.schedule_candidate(
                candidate=candidate, by=by, on=AFTER.date(), at=AFTER
            ),
        )
        for attempt in attempts:
            with pytest.raises(decisions.DecisionRefused, match="Only stewards"):
                attempt()


def test_a_steward_who_is_none_any_more_publishes_nothing() -> None:
    candidate = scheduled(closed())
    assert candidate.published_by is not None
    candidate.published_by.working_group_roles.all().delete()

    assert publishing.publish_due_releases(at=AFTER) == []

    candidate.refresh_from_db()
    assert (candidate.state, candidate.approved_by, candidate.publish_date) == (
        State.AUDITED,
        None,
        None,
    )


def test_an_approval_can_be_taken_back() -> None:
    candidate = scheduled(closed(), on=AFTER.date() + timedelta(days=3))

    decisions.send_back(candidate=candidate, by=steward())

    assert publishing.publish_due_releases(at=AFTER + timedelta(days=4)) == []
    candidate.refresh_from_db()
    assert candidate.approved_by is None


def test_it_is_published_on_the_day_and_notified_at_once(
    notified: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        candidate = scheduled(closed())
    assert notified[-1] == "publish_benchmarks"
    assert audits.sweep_audits(at=AFTER) == 1  # were that notification lost
    later = AFTER + timedelta(days=5)
    decisions.send_back(candidate=candidate, by=steward())
    decisions.approve_candidate(candidate=candidate, by=steward(), at=AFTER)
    decisions.schedule_candidate(candidate=candidate, by=steward(), on=later.date(), at=AFTER)

    assert publishing.publish_due_releases(at=later - timedelta(days=1)) == []
    assert [each.code for each in publishing.publish_due_releases(at=later)] == ["2025-W1"]
    assert publishing.publish_due_releases(at=later) == []


# What changed since the audit


@pytest.mark.parametrize("change", ["withdrawn", "unverified", "owner"])
def test_what_changed_since_the_audit_is_audited_again(change: str) -> None:
    period = wave()
    [first, *_others] = market_of(12, period)
    candidate = scheduled(period)
    if change == "withdrawn":
        leave(first)
    else:
        values: dict[str, Any] = (
            {"verified_at": None} if change == "unverified" else {"ultimate_owner": "A Holding"}
        )
        Organisation.objects.filter(pk=first.organisation_id).update(**values)

    assert publishing.publish_due_releases(at=AFTER) == []

    candidate.refresh_from_db()
    assert (candidate.state, candidate.approved_by, candidate.published_by) == (
        State.QUEUED,
        None,
        None,
    )
    assert (candidate.document, candidate.audit) == ("", "")
    assert candidate.stage == "Something changed since the audit, which is run again"
    assert not BenchmarkRelease.objects.exists()


def test_a_candidate_that_fell_below_ten_fails() -> None:
    period = wave()
    made = market_of(10, period)
    candidate = scheduled(period)
    leave(made[0])

    assert publishing.publish_due_releases(at=AFTER) == []

    candidate.refresh_from_db()
    assert candidate.state == State.FAILED
    assert "fewer than 10" in candidate.reason


def test_a_published_candidate_never_changes() -> None:
    released(closed())

    with (
        pytest.raises(IntegrityError, match="cannot change"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE assessments_releasecandidate SET audit = '{}'")


# What is kept (R9, the study's retention)


def test_exact_counts_are_nowhere_and_who_was_counted_is_forgotten_after_90_days() -> None:
    period = wave()
    market_of(11, period, rating=2)
    market_of(13, period, rating=3, respondent_type="SB")
    release = released(period)
    # 24 organisations: 11 at one level and 13 at another is said by no stored row.
    for text in stored_texts():
        for exact in ("[0,0,11,13,0]", "[0, 0, 11, 13, 0]"):
            assert exact not in text
    assert release.members.count() == 24
    assert all(len(each.digest) == 64 for each in release.members.all())
    last = release.published_at.date() + timedelta(days=90)

    assert publishing.forget_members(on=last) == 0
    assert publishing.forget_members(on=last + timedelta(days=1)) == 24

    assert not ReleaseMember.objects.exists()
    assert Observation.objects.exists()


def stored_texts() -> list[str]:
    rows = [*ReleaseCandidate.objects.all(), *ReleaseMember.objects.all()]
    rows += [*BenchmarkRelease.objects.all(), *Observation.objects.all()]
    return [
        str(getattr(row, field.attname))
        for row in rows
        for field in type(row)._meta.concrete_fields
    ]


def test_the_scheduler_forgets() -> None:
    released(closed())

    publishing.publish_due_releases(at=AFTER + timedelta(days=91))

    assert not ReleaseMember.objects.exists()


def test_the_demonstration_keeps_nobody_and_says_what_was_not_run() -> None:
    period = wave(demonstration=True)
    market_of(10, period, is_demonstration=True)

    release = released(period)

    assert not release.members.exists()
    document = json.loads(release.document)
    assert {"R10", "R13"}.isdisjoint(rule["rule"] for rule in document["rules"])
    assert document["audit"] is None
    approvers = (release.candidate.approved_by, release.candidate.published_by)
    assert [each.is_active for each in approvers if each] == [False, False]
    assert approvers[0] != approvers[1]


# Afterwards


def test_a_revision_of_ten_stands_beside_the_release() -> None:
    period = wave()
    made = market_of(30, period, rating=2)
    first = released(period)
    rescored(made[:10], 3)
    later = AFTER + timedelta(days=30)

    candidate = audited(period, at=later, change="Ten results were scored with a wrong table.")
    decisions.approve_candidate(candidate=candidate, by=steward(), at=later)
    decisions.schedule_candidate(candidate=candidate, by=steward(), on=later.date(), at=later)
    [second] = publishing.publish_due_releases(at=later)

    assert (second.code, second.revision) == ("2025-W1-r2", 2)
    assert json.loads(second.document)["revision"] == "r2"
    assert queries.latest_release("market") == second
    document = first.document
    first.refresh_from_db()
    assert first.document == document
    [note] = queries.notes_of(first)
    assert (note.kind, note.text) == ("REVISION", "Ten results were scored with a wrong table.")


def test_a_revision_of_nine_is_refused() -> None:
    period = wave()
    made = market_of(30, period, rating=2)
    released(period)
    rescored(made[:9], 3)

    with pytest.raises(computing.ReleaseRefused, match="fewer than 10 organisations have"):
        audited(period, change="Nine results were wrong.")


def test_a_revision_without_a_change_is_refused() -> None:
    period = closed()
    released(period)

    with pytest.raises(computing.ReleaseRefused, match="Nothing has changed"):
        audited(period, change="Perhaps something is wrong.")


def test_a_revision_after_ninety_days_is_refused() -> None:
    period = closed()
    released(period)

    with pytest.raises(computing.ReleaseRefused, match="could be revised until 2026-05-02"):
        audited(period, at=AFTER + timedelta(days=91), change="Too late.")
    assert not ReleaseCandidate.objects.unpublished().exists()


def test_a_note_is_read_by_everybody_once_another_steward_confirms_it() -> None:
    release, first, second = released(closed()), steward(), steward()
    note = notes.propose_note(
        release=release, kind="ERRATUM", text="The label of IS2 was wrong.", by=first, at=AFTER
    )
    assert queries.notes_of(release) == ()
    with pytest.raises(decisions.DecisionRefused, match="You proposed"):
        notes.confirm_note(note=note, by=first, at=AFTER)

    notes.confirm_note(note=note, by=second, at=AFTER)

    [said] = queries.notes_of(release)
    assert (said.release, said.text) == ("2025-W1", "The label of IS2 was wrong.")
    assert queries.latest_release("market") == release
    with pytest.raises(decisions.DecisionRefused, match="confirmed already"):
        notes.drop_note(note=note, by=first)
    with pytest.raises(IntegrityError, match="cannot change"), transaction.atomic():
        ReleaseNote.objects.filter(pk=note.pk).update(text="Nothing was wrong.")


def test_a_tombstone_leaves_the_release_readable_and_current_no_more() -> None:
    earlier, later = wave(2024), wave(2025)
    market_of(10, earlier)
    market_of(10, later)
    first, second = released(earlier), released(later)
    note = notes.propose_note(
        release=second, kind="TOMBSTONE", text="The wave was mixed up.", by=steward(), at=AFTER
    )
    assert queries.latest_release("market") == second

    notes.confirm_note(note=note, by=steward(), at=AFTER)

    assert queries.latest_release("market") == first
    assert queries.current_release() == first
    assert BenchmarkRelease.objects.get(code="2025-W1").document == second.document
    with pytest.raises(decisions.DecisionRefused, match="withdrawn"):
        notes.propose_note(release=second, kind="TOMBSTONE", text="Again.", by=steward(), at=AFTER)


def test_a_proposal_can_be_dropped() -> None:
    release = released(closed())
    note = notes.propose_note(
        release=release, kind="TOMBSTONE", text="In haste.", by=steward(), at=AFTER
    )

    notes.drop_note(note=note, by=steward())

    assert not ReleaseNote.objects.exists()


def test_subscribers_are_told_of_a_release_and_of_its_end_by_ids_alone() -> None:
    hooks.create_subscription(
        url="https://data.example.org/hook", label="A supervisor", by=steward(), at=AFTER
    )
    release = released(closed())
    note = notes.propose_note(
        release=release, kind="TOMBSTONE", text="Mixed up.", by=steward(), at=AFTER
    )
    notes.confirm_note(note=note, by=steward(), at=AFTER)

    told = [json.loads(each.body) for each in WebhookDelivery.objects.order_by("event")]

    assert [(each["type"], each["data"]) for each in told] == [
        (event, {"release": "2025-W1", "series": "market", "revision": 1})
        for event in ("release.published", "release.withdrawn")
    ]


def test_what_is_not_published_is_not_announced() -> None:
    hooks.create_subscription(
        url="https://data.example.org/hook", label="A supervisor", by=steward(), at=AFTER
    )
    audited(closed())

    assert not WebhookDelivery.objects.exists()


# R11, as a rule of its own


def members(number: int, digest: str = "a", cohorts: tuple[str, ...] = ("all",)) -> Any:
    return [
        revisions.Member(f"o{each}", "RG", frozenset(cohorts), digest) for each in range(number)
    ]


@pytest.mark.parametrize(
    ("changed", "few"),
    [(0, []), (1, ["all"]), (9, ["all"]), (10, []), (30, [])],
)
def test_a_touched_cohort_changes_by_ten_or_not_at_all(changed: int, few: list[str]) -> None:
    before = members(30)

    assert revisions.too_few_changed(before, [*members(changed, "b"), *before[changed:]]) == few


def test_leaving_arriving_and_moving_are_changes() -> None:
    before = members(30, cohorts=("all", "type:RG"))
    assert revisions.changed_organisations(before, before[1:]) == {"all": 1, "type:RG": 1}
    assert revisions.changed_organisations(before[1:], before) == {"all": 1, "type:RG": 1}
    moved = [*members(10, cohorts=("all", "type:other")), *before[10:]]
    assert revisions.changed_organisations(before, moved) == {"type:RG": 10, "type:other": 10}
    assert revisions.changed_organisations(before, before) == {}
