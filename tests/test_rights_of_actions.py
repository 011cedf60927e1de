"""Every action a person takes: for whom it works, and that it changes nothing for all others.

The actions are found by walking the packages. One that takes a person and has no case here fails
`test_every_action_of_a_person_has_a_case`; so does one without a person that is not listed below
with those that workers, the scheduler and commands call.

The file is long since the cases of all slices stand in one table, which is compared with what the
walk finds.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.utils.timezone import now

from assessments.answering import actions as answering
from assessments.answering.answers import GivenAnswer
from assessments.answering.models import Assessment, Response, ResponseEvent, Wave
from assessments.benchmarks.actions import audits, decisions, notes
from assessments.benchmarks.models import BenchmarkRelease, ReleaseCandidate, ReleaseNote
from assessments.reports import actions as reports
from assessments.reports.models import Report
from assessments.submissions import actions as submissions
from assessments.webhooks import actions as webhooks
from assessments.webhooks.models import WebhookSubscription
from portal.accounts import actions as accounts
from portal.accounts.access import NotAllowed, WorkingGroup
from portal.accounts.models import Invitation, Membership, Organisation, Role, User
from portal.jobs import actions as jobs
from portal.jobs.queries import tag_of
from tests.factories import (
    AssessmentFactory,
    EditionFactory,
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
    WaveFactory,
    answer,
    owned_assessment,
)

PACKAGES = ("assessments", "portal", "publications")
PERSONS = ("User", "Person")  # in the type of an argument
REFUSALS = (
    NotAllowed,
    accounts.NotAMember,
    accounts.InvitationForAnotherAddress,
    accounts.VerificationRefused,
    decisions.DecisionRefused,
    jobs.NotAnOperator,
)
DETAILS = {
    "country": "KE",
    "registration_number": "",
    "lei": "",
    "ultimate_owner": "",
    "adviser": "",
}


@dataclass(frozen=True, kw_only=True)
class World:
    """One organisation with everything an action can be about, and the people around it."""

    people: dict[str, User]
    organisation: Organisation
    newcomer: Membership
    invitation: Invitation
    assessment: Assessment  # open, all answered
    submitted: Assessment
    report: Report  # of `submitted`, failed
    wave: Wave  # open, nothing started
    closed: Wave
    candidate: ReleaseCandidate  # audited
    approved: ReleaseCandidate  # by a steward who is not among the people
    release: BenchmarkRelease
    note: ReleaseNote
    subscription: WebhookSubscription


def build() -> World:
    owned = owned_assessment(modules=["DM"])
    organisation, owner = owned.organisation, owned.created_by
    answer(owned)
    submitted: Assessment = AssessmentFactory(
        organisation=organisation, created_by=owner, modules=["DM"], respondent_type="SB"
    )
    answer(submitted)
    report = submissions.submit_assessment(
        assessment=submitted,
        submitted_as="Ada, Director",
        names_organisation=False,
        by=owner,
        at=now(),
    )
    Report.objects.update(state="FAILED", reason="It took too long.")
    people = {"owner": owner, **_people(organisation)}
    other, today = UserFactory(), now().date()
    closed = WaveFactory(
        opens_date=today - timedelta(days=400), closes_date=today - timedelta(days=40)
    )
    candidate, approved = (_candidate(), _candidate(approved_by=other, approved_at=now()))
    release = BenchmarkRelease.objects.create(
        code="2024-W1",
        series="market",
        wave=WaveFactory(
            opens_date=today - timedelta(days=900), closes_date=today - timedelta(days=500)
        ),
        edition=EditionFactory(),
        document="{}",
        sha256="0" * 64,
        published_at=now(),
    )
    return World(
        people=people,
        organisation=organisation,
        newcomer=MembershipFactory(organisation=organisation, role=Role.VIEWER),
        invitation=Invitation.objects.create(
            organisation=organisation,
            email=people["stranger"].email,
            role=Role.VIEWER,
            token_sha256="1" * 64,
            created_by=owner,
            expires_at=now() + timedelta(days=1),
        ),
        assessment=owned,
        submitted=submitted,
        report=report,
        wave=WaveFactory(),
        closed=closed,
        candidate=candidate,
        approved=approved,
        release=release,
        note=ReleaseNote.objects.create(
            release=release, kind="ERRATUM", text="A label was wrong.", proposed_by=other
        ),
        subscription=WebhookSubscription.objects.create(
            url="https://data.example.org/hook", label="A supervisor", created_by=other
        ),
    )


def _people(organisation: Organisation) -> dict[str, User]:
    people = {
        "stranger": UserFactory(),
        "contributor": MembershipFactory(organisation=organisation, role=Role.CONTRIBUTOR).user,
        "viewer": MembershipFactory(organisation=organisation, role=Role.VIEWER).user,
        "owner of another": MembershipFactory().user,
        "owner with a closed account": MembershipFactory(
            organisation=organisation, user__is_active=False
        ).user,
        "operator": UserFactory(is_staff=True, is_superuser=True),
    }
    for role in WorkingGroup:
        people[role.lower()] = UserFactory()
        people[role.lower()].working_group_roles.create(role=role)
    return people


def _candidate(**fields: Any) -> ReleaseCandidate:
    today = now().date()
    wave = WaveFactory(
        opens_date=today - timedelta(days=400), closes_date=today - timedelta(days=40)
    )
    return ReleaseCandidate.objects.create(
        wave=wave, state="AUDITED", document="{}", audit="{}", audited_at=now(), **fields
    )


ANYBODY = frozenset(
    {
        "stranger",
        "viewer",
        "contributor",
        "owner",
        "owner of another",
        "operator",
        "editor",
        "reviewer",
        "publisher",
        "steward",
    }
)
MEMBERS = frozenset({"viewer", "contributor", "owner"})
ANSWERERS = frozenset({"contributor", "owner"})
OWNERS = frozenset({"owner"})
STEWARDS = frozenset({"steward"})


@dataclass(frozen=True)
class Case:
    allowed: frozenset[str]
    call: Callable[[World, User], object]


CASES: dict[str, Case] = {
    "assessments.answering.actions.start_assessment": Case(
        ANSWERERS,
        lambda w, by: answering.start_assessment(
            organisation=w.organisation,
            edition=w.assessment.edition,
            wave=w.wave,
            respondent_type="RG",
            operates_registry=None,
            modules=["EG"],
            market="both",
            country_code="KE",
            size_band="10-49",
            consents_to_benchmark=True,
            is_main_role=True,
            by=by,
            at=now(),
        ),
    ),
    "assessments.answering.actions.save_response": Case(
        ANSWERERS,
        lambda w, by: answering.save_response(
            assessment=w.assessment,
            item="DM2.1",
            answer=GivenAnswer(rating=1, note="Only by hand."),
            by=by,
            at=now(),
            base_version=None,
        ),
    ),
    "assessments.submissions.actions.submit_assessment": Case(
        OWNERS,
        lambda w, by: submissions.submit_assessment(
            assessment=w.assessment,
            submitted_as="Ada, Director",
            names_organisation=True,
            by=by,
            at=now(),
        ),
    ),
    "assessments.submissions.actions.withdraw_submission": Case(
        OWNERS,
        lambda w, by: submissions.withdraw_submission(
            assessment=w.submitted, by=by, at=now(), erase=True
        ),
    ),
    "assessments.reports.actions.queue_report": Case(
        ANSWERERS,
        lambda w, by: reports.queue_report(
            result=w.report.result, names_organisation=True, requested_by=by, at=now()
        ),
    ),
    "assessments.reports.actions.retry_report": Case(
        ANSWERERS, lambda w, by: reports.retry_report(report=w.report, by=by, at=now())
    ),
    "assessments.reports.actions.replace_report": Case(
        MEMBERS, lambda w, by: reports.replace_report(report=w.report, by=by, at=now())
    ),
    "assessments.benchmarks.actions.audits.queue_candidate": Case(
        STEWARDS, lambda w, by: audits.queue_candidate(wave=w.closed, by=by, at=now())
    ),
    "assessments.benchmarks.actions.decisions.approve_candidate": Case(
        STEWARDS,
        lambda w, by: decisions.approve_candidate(candidate=w.candidate, by=by, at=now()),
    ),
    "assessments.benchmarks.actions.decisions.schedule_candidate": Case(
        STEWARDS,
        lambda w, by: decisions.schedule_candidate(
            candidate=w.approved, by=by, on=now().date(), at=now()
        ),
    ),
    "assessments.benchmarks.actions.decisions.send_back": Case(
        STEWARDS, lambda w, by: decisions.send_back(candidate=w.approved, by=by)
    ),
    "assessments.benchmarks.actions.decisions.refuse_without_role": Case(
        STEWARDS, lambda _w, by: decisions.refuse_without_role(by)
    ),
    "assessments.benchmarks.actions.notes.propose_note": Case(
        STEWARDS,
        lambda w, by: notes.propose_note(
            release=w.release, kind="TOMBSTONE", text="It was mixed up.", by=by, at=now()
        ),
    ),
    "assessments.benchmarks.actions.notes.confirm_note": Case(
        STEWARDS, lambda w, by: notes.confirm_note(note=w.note, by=by, at=now())
    ),
    "assessments.benchmarks.actions.notes.drop_note": Case(
        STEWARDS, lambda w, by: notes.drop_note(note=w.note, by=by)
    ),
    "assessments.webhooks.actions.create_subscription": Case(
        STEWARDS,
        lambda _w, by: webhooks.create_subscription(
            url="https://data.example.org/other", label="A journal", by=by, at=now()
        ),
    ),
    "assessments.webhooks.actions.end_subscription": Case(
        STEWARDS, lambda w, by: webhooks.end_subscription(subscription=w.subscription, by=by)
    ),
    "portal.jobs.actions.queue_again": Case(
        frozenset({"operator"}),
        lambda w, by: jobs.queue_again(
            kind="reports", tag=tag_of(Report, w.report.pk), by=by, at=now()
        ),
    ),
    "portal.accounts.actions.create_organisation": Case(
        ANYBODY, lambda _w, by: accounts.create_organisation(by=by, name="New", country="KE")
    ),
    "portal.accounts.actions.update_organisation": Case(
        OWNERS,
        lambda w, by: accounts.update_organisation(
            organisation=w.organisation, by=by, name="Renamed", **DETAILS
        ),
    ),
    "portal.accounts.actions.invite": Case(
        OWNERS,
        lambda w, by: accounts.invite(
            organisation=w.organisation,
            by=by,
            email="new@example.org",
            role=Role.OWNER,
            at=now(),
        ),
    ),
    "portal.accounts.actions.accept_invitation": Case(
        frozenset({"stranger"}),  # whom it is for
        lambda w, by: accounts.accept_invitation(invitation=w.invitation, by=by, at=now()),
    ),
    "portal.accounts.actions.revoke_invitation": Case(
        OWNERS,
        lambda w, by: accounts.revoke_invitation(invitation=w.invitation, by=by, at=now()),
    ),
    "portal.accounts.actions.change_role": Case(
        OWNERS,
        lambda w, by: accounts.change_role(membership=w.newcomer, by=by, role=Role.OWNER, at=now()),
    ),
    "portal.accounts.actions.remove_member": Case(
        OWNERS, lambda w, by: accounts.remove_member(membership=w.newcomer, by=by, at=now())
    ),
    "portal.accounts.actions.leave": Case(
        MEMBERS, lambda w, by: accounts.leave(organisation=w.organisation, by=by, at=now())
    ),
    "portal.accounts.actions.verify_organisation": Case(
        STEWARDS,
        lambda w, by: accounts.verify_organisation(
            organisation=w.organisation,
            by=by,
            at=now(),
            name="Confirmed",
            evidence="The company register.",
            **DETAILS,
        ),
    ),
    "portal.accounts.actions.revoke_verification": Case(
        STEWARDS,
        lambda w, by: accounts.revoke_verification(
            organisation=w.organisation, by=by, at=now(), reason="It was sold."
        ),
    ),
}

# What workers, the scheduler and commands call, and what actions share: no person asks for it.
WITHOUT_A_PERSON = {
    "assessments.answering.actions": {"open_wave_of_year", "unmet_rows"},
    "assessments.benchmarks.actions.audits": {
        "reset_for_audit",
        "audit_candidate",
        "sweep_audits",
    },
    "assessments.benchmarks.actions.computing": {
        "series_of",
        "due_date",
        "members_of",
        "refuse_small_change",
        "count",
        "wave_before",
        "values_of",
        "refuse_open",
        "refuse_untimely",
        "later_release",
    },
    "assessments.benchmarks.actions.decisions": {"clear_decisions"},
    "assessments.benchmarks.actions.publishing": {
        "publish_release",
        "publish_due_releases",
        "publish_candidate",
        "event_of",
        "forget_members",
    },
    "assessments.demonstration.actions": {
        "create_demonstration",
        "sign_ins",
        "demonstration_release",
    },
    "assessments.questionnaires.actions": {"load_edition"},
    "assessments.reports.actions": {
        "build_report",
        "finish_report",
        "sweep_reports",
    },
    "assessments.submissions.actions": {"is_over"},
    "assessments.webhooks.actions": {
        "announce",
        "deliver_webhook",
        "sweep_webhooks",
    },
    "portal.mail.actions": {"queue_mail", "send_mail", "sweep_mail"},
}


def public_actions() -> Iterator[tuple[str, str, bool]]:
    """Yield module, name and "a person is among the arguments" of every public action."""
    for package in PACKAGES:
        path = import_module(package).__path__
        for found in pkgutil.walk_packages(path, f"{package}."):
            if "actions" not in found.name.split("."):
                continue
            for name, function in inspect.getmembers(import_module(found.name), inspect.isfunction):
                if function.__module__ == found.name and not name.startswith("_"):
                    kinds = [
                        str(each.annotation)
                        for each in inspect.signature(function).parameters.values()
                    ]
                    yield (
                        found.name,
                        name,
                        any("User" in kind or "Person" in kind for kind in kinds),
                    )


def test_every_action_of_a_person_has_a_case() -> None:
    found = list(public_actions())

    with_person = {f"{module}.{name}" for module, name, takes_person in found if takes_person}
    others = {f"{module}.{name}" for module, name, takes_person in found if not takes_person}
    listed = {f"{module}.{name}" for module, names in WITHOUT_A_PERSON.items() for name in names}

    assert len(with_person) >= 25
    assert with_person == CASES.keys(), "a case says who may take the action"
    assert others == listed, "an action takes the person who asks, or is listed as a worker's"


@pytest.mark.django_db
@pytest.mark.parametrize("action", CASES)
def test_only_who_may_changes_anything(action: str) -> None:
    world, case = build(), CASES[action]
    if action.endswith("revoke_verification"):
        Organisation.objects.filter(pk=world.organisation.pk).update(verified_at=now())
    before = everything()

    for name in world.people.keys() - case.allowed:
        with pytest.raises(REFUSALS), transaction.atomic():
            case.call(world, world.people[name])
        assert everything() == before, name

    for name in case.allowed:
        with transaction.atomic():
            case.call(world, world.people[name])
            is_changed = everything() != before
            transaction.set_rollback(True)
        assert is_changed or action.endswith("refuse_without_role"), name


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values_list())
        for model in apps.get_models()
        if model._meta.managed
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "item"),
    [
        ({"modules": ["DM"]}, "EG1.1"),  # of a questionnaire that was not chosen
        ({"modules": ["DM"]}, "XX9.9"),
        ({"respondent_type": "DP", "modules": ["TI"]}, "TI1.3"),  # of other types
        (
            {"respondent_type": "NR", "operates_registry": False, "modules": ["TI"]},
            "TI1.3",  # of authorities that operate a registry
        ),
    ],
)
def test_what_is_not_asked_is_not_saved(fields: dict[str, Any], item: str) -> None:
    assessment = owned_assessment(**fields)

    with pytest.raises(answering.NotAsked, match=item):
        answering.save_response(
            assessment=assessment,
            item=item,
            answer=GivenAnswer(rating=2),
            by=assessment.created_by,
            at=now(),
            base_version=0,
        )

    assert (Response.objects.count(), ResponseEvent.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_the_scope_is_the_stored_one() -> None:
    """What the caller holds in memory opens no further questionnaire."""
    assessment = owned_assessment(modules=["DM"])
    assessment.modules = ["DM", "EG"]

    with pytest.raises(answering.NotAsked):
        answering.save_response(
            assessment=assessment,
            item="EG1.1",
            answer=GivenAnswer(rating=2),
            by=assessment.created_by,
            at=now(),
            base_version=0,
        )

    assert Response.objects.count() == 0


@pytest.mark.django_db
def test_an_invitation_is_revoked_by_owners_of_its_own_organisation() -> None:
    owner, elsewhere = MembershipFactory(), OrganisationFactory()
    invitation = Invitation.objects.create(
        organisation=elsewhere,
        email="someone@example.org",
        role=Role.VIEWER,
        token_sha256="2" * 64,
        created_by=owner.user,
        expires_at=now() + timedelta(days=1),
    )
    invitation.organisation = owner.organisation  # in memory alone

    with pytest.raises(NotAllowed):
        accounts.revoke_invitation(invitation=invitation, by=owner.user, at=now())

    invitation.refresh_from_db()
    assert (invitation.organisation, invitation.revoked_at) == (elsewhere, None)
