"""Starting, saving and submitting: what is refused, what is stored, and who wins a race."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from assessments.answering import actions as answering
from assessments.answering import queries
from assessments.answering.answers import AnswerRefused, GivenAnswer
from assessments.answering.models import Assessment, ReasonKind, Response, ResponseEvent, Result
from assessments.core.engines import engine_of
from assessments.reports.models import Report
from assessments.submissions import actions as submissions_actions
from portal.accounts.models import Organisation, User
from tests.factories import (
    AssessmentFactory,
    EditionFactory,
    MembershipFactory,
    WaveFactory,
    answer,
    owned_assessment,
    shipped_instrument,
)

pytestmark = pytest.mark.django_db

REASON = "We keep no registry of our own, so nothing is pledged."
ITEMS = shipped_instrument().items


@pytest.fixture
def assessment() -> Assessment:
    return owned_assessment()


def save(
    assessment: Assessment,
    said: GivenAnswer,
    *,
    item: str = "EG1.1",
    by: User | None = None,
    base: int | None = 0,
) -> int:
    return answering.save_response(
        assessment=assessment,
        item=item,
        answer=said,
        by=by or assessment.created_by,
        at=now(),
        base_version=base,
    )


def submit(assessment: Assessment, *, by: User | None = None) -> Report:
    return submissions_actions.submit_assessment(
        assessment=assessment,
        submitted_as="Ada Mwangi, Head of Registry",
        names_organisation=True,
        by=by or assessment.created_by,
        at=now(),
    )


# Starting


def start(organisation: Organisation, by: User, **values: Any) -> Assessment:
    said: dict[str, Any] = {
        "edition": EditionFactory(),
        "respondent_type": "RG",
        "operates_registry": None,
        "modules": ["DM", "EG"],
        "market": "both",
        "country_code": "KE",
        "size_band": "10-49",
        "consents_to_benchmark": True,
        "is_main_role": True,
    }
    said |= values
    said.setdefault("wave", None)
    said["wave"] = said["wave"] or WaveFactory()
    return answering.start_assessment(organisation=organisation, by=by, at=now(), **said)


def test_starting_stores_what_was_said_and_where_the_country_belongs() -> None:
    owner = MembershipFactory()
    made = start(owner.organisation, owner.user)

    assert made.modules == ["EG", "DM"]  # in the instrument's order
    assert (made.country, made.region, made.income_group) == (
        "KE",
        "Sub-Saharan Africa",
        "lower-middle",
    )
    assert made.country_vintage == "2025-06"
    assert made.submitted_at is None


def test_starting_twice_leads_to_the_one_that_is_open() -> None:
    owner, wave = MembershipFactory(), WaveFactory()
    organisation, person = owner.organisation, owner.user
    first = start(organisation, person, wave=wave)

    with pytest.raises(answering.AlreadyOpen) as refused:
        start(organisation, person, wave=wave, market="voluntary")

    assert refused.value.assessment == first
    assert Assessment.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"modules": []}, "Choose at least one questionnaire."),
        ({"modules": ["XX"]}, "Choose at least one questionnaire."),
    ],
)
def test_starting_is_refused_with_a_sentence(values: dict[str, Any], text: str) -> None:
    owner = MembershipFactory()

    with pytest.raises(answering.AssessmentRefused, match=text):
        start(owner.organisation, owner.user, **values)

    assert Assessment.objects.count() == 0


def test_starting_is_refused_outside_the_period_and_across_kinds() -> None:
    today = now().date()
    over = WaveFactory(opens_date=today - timedelta(days=9), closes_date=today - timedelta(days=1))
    demonstration = WaveFactory(is_demonstration=True)
    real = MembershipFactory()
    synthetic = MembershipFactory(organisation__is_demonstration=True)

    with pytest.raises(answering.AssessmentRefused, match="is not open"):
        start(real.organisation, real.user, wave=over)
    with pytest.raises(answering.AssessmentRefused, match="Demonstration organisations"):
        start(real.organisation, real.user, wave=demonstration)
    with pytest.raises(answering.AssessmentRefused, match="Demonstration organisations"):
        start(synthetic.organisation, synthetic.user)


# Saving


def test_a_save_stores_the_answer_and_its_event(assessment: Assessment) -> None:
    said = GivenAnswer(rating=3, evidence=2, evidence_reference="Licence, 2025", note="Renewed.")

    assert save(assessment, said) == 1
    assert save(assessment, GivenAnswer(dont_know=True), base=1) == 2

    row = Response.objects.get(assessment=assessment)
    assert (row.rating, row.dont_know, row.version) == (None, True, 2)
    events = ResponseEvent.objects.filter(assessment=assessment, item="EG1.1")
    assert [(event.version, event.answer["rating"]) for event in events] == [(1, 3), (2, None)]
    assert events[0].answer["note"] == "Renewed."


def test_saving_the_same_again_changes_nothing(assessment: Assessment) -> None:
    said = GivenAnswer(rating=3, evidence=1)
    save(assessment, said)

    assert save(assessment, said, base=1) == 1  # nothing to store
    assert save(assessment, said, base=0) == 1  # the second click of a double click
    assert ResponseEvent.objects.count() == 1


def test_a_stale_save_is_told_what_is_stored(assessment: Assessment) -> None:
    colleague = MembershipFactory(
        user__name="Carl", organisation=assessment.organisation, role="CONTRIBUTOR"
    ).user
    save(assessment, GivenAnswer(rating=1))
    save(assessment, GivenAnswer(rating=2, note="Approved in May."), base=1, by=colleague)

    with pytest.raises(answering.StaleAnswer) as refused:
        save(assessment, GivenAnswer(rating=4), base=1)

    assert refused.value.current.note == "Approved in May."
    assert refused.value.current.updated_by.name == "Carl"
    assert Response.objects.get().rating == 2
    assert save(assessment, GivenAnswer(rating=4), base=2) == 3  # having seen it


def test_two_first_answers_are_a_clash_too(assessment: Assessment) -> None:
    save(assessment, GivenAnswer(rating=1))

    with pytest.raises(answering.StaleAnswer):
        save(assessment, GivenAnswer(rating=2), base=0)


def test_without_a_base_a_save_builds_on_what_is_stored(assessment: Assessment) -> None:
    assert save(assessment, GivenAnswer(rating=1), base=None) == 1
    assert save(assessment, GivenAnswer(rating=2), base=None) == 2
    assert save(assessment, GivenAnswer(rating=2), base=None) == 2


@pytest.mark.parametrize(
    ("item", "said", "field"),
    [
        ("EG1.1", GivenAnswer(), "answer"),
        ("EG1.1", GivenAnswer(rating=3, dont_know=True), "answer"),
        ("EG1.1", GivenAnswer(rating=5), "answer"),
        ("EG1.1", GivenAnswer(rating=-1), "answer"),
        ("EG1.1", GivenAnswer(not_applicable=True, reason_kind="OTHER", reason=REASON), "answer"),
        ("TI5.5", GivenAnswer(not_applicable=True, reason=REASON), "reason_kind"),
        ("TI5.5", GivenAnswer(not_applicable=True, reason_kind="X", reason=REASON), "reason_kind"),
        ("TI5.5", GivenAnswer(not_applicable=True, reason_kind="OTHER", reason="a" * 29), "reason"),
        (
            "TI5.5",
            GivenAnswer(not_applicable=True, reason_kind="OTHER", reason="a" + " " * 28 + "b"),
            "reason",
        ),
        ("TI5.5", GivenAnswer(rating=2, reason_kind="OTHER"), "reason_kind"),
        ("EG1.1", GivenAnswer(rating=2, evidence=4), "evidence"),
        ("EG1.1", GivenAnswer(dont_know=True, evidence=1), "evidence"),
        ("EG1.1", GivenAnswer(rating=2, note="a" * 4001), "note"),
        ("EG1.1", GivenAnswer(rating=2, evidence_reference="a" * 1001), "evidence_reference"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(
    assessment: Assessment, item: str, said: GivenAnswer, field: str
) -> None:
    with pytest.raises(AnswerRefused) as refused:
        save(assessment, said, item=item)

    assert refused.value.field == field
    assert Response.objects.count() == 0


def test_not_applicable_needs_thirty_characters(assessment: Assessment) -> None:
    said = GivenAnswer(not_applicable=True, reason_kind=ReasonKind.MARKET, reason="a" * 30)

    assert save(assessment, said, item="TI5.5") == 1


def test_a_high_rating_on_an_unmet_prerequisite_needs_a_note(assessment: Assessment) -> None:
    high = GivenAnswer(rating=3, evidence=2)
    assert save(assessment, high, item="EG1.2") == 1  # EG1.1 is not answered: nothing to warn of
    save(assessment, GivenAnswer(rating=1))

    with pytest.raises(answering.Unexplained) as refused:
        save(assessment, GivenAnswer(rating=4), item="EG1.2", base=1)

    assert str(refused.value) == "Say in the note why EG1.2 is at 4 while EG1.1 is at 0 or 1."
    assert refused.value.field == "note"
    assert (
        save(assessment, GivenAnswer(rating=4, note="Older than EG1.1."), item="EG1.2", base=1) == 2
    )
    assert save(assessment, GivenAnswer(rating=2), item="EG1.2", base=2) == 3


@pytest.mark.parametrize(
    ("prerequisite", "is_unmet"),
    [
        (GivenAnswer(rating=0), True),
        (GivenAnswer(rating=1), True),
        (GivenAnswer(dont_know=True), True),
        (GivenAnswer(rating=2), False),
    ],
)
def test_what_counts_as_an_unmet_prerequisite(
    assessment: Assessment, prerequisite: GivenAnswer, is_unmet: bool
) -> None:
    save(assessment, prerequisite)
    try:
        save(assessment, GivenAnswer(rating=3), item="EG1.2")
    except answering.Unexplained:
        refused = True
    else:
        refused = False

    assert refused is is_unmet


NOT_APPLICABLE: dict[str, Any] = {
    "not_applicable": True,
    "reason_kind": ReasonKind.MARKET,
    "reason": "a" * 30,
}


@pytest.mark.parametrize(
    ("stored", "unmet"),
    [
        ({}, []),
        ({"EG1.1": {"rating": 0}}, ["EG1.1"]),
        ({"EG1.1": {"rating": 1}, "EG1.2": {"rating": 2}}, ["EG1.1"]),
        ({"EG1.1": {"rating": 2}, "EG1.2": {"rating": 1}}, ["EG1.2"]),
        ({"EG1.1": {"rating": 4}, "EG1.2": {"dont_know": True}}, ["EG1.2"]),
        ({"EG1.1": NOT_APPLICABLE, "EG1.2": {"rating": 3}}, []),
        ({"EG1.1": {"rating": 1}, "EG1.2": {"dont_know": True}}, ["EG1.1", "EG1.2"]),
        ({"EG1.4": {"rating": 0}}, []),  # no prerequisite of EG1.3
    ],
)
def test_the_rule_and_its_query_name_the_same_prerequisites(
    assessment: Assessment, stored: dict[str, dict[str, Any]], unmet: list[str]
) -> None:
    for code, values in stored.items():
        Response.objects.create(
            assessment=assessment, item=code, version=1, updated_by=assessment.created_by, **values
        )
    item = queries.items_of(assessment)["EG1.3"]
    rule = engine_of(assessment.edition.content).prerequisites
    rows = answering.unmet_rows(rule, item).filter(assessment=assessment).order_by("item")

    assert queries.unmet_prerequisites(assessment, item, queries.responses_of(assessment)) == unmet
    assert list(rows.values_list("item", flat=True)) == unmet


def test_a_submitted_assessment_takes_no_answer(assessment: Assessment) -> None:
    answer(assessment)
    submit(assessment)

    with pytest.raises(answering.AlreadySubmitted):
        save(assessment, GivenAnswer(rating=4, note="Too late."), base=1)

    assert Response.objects.get(item="EG1.1").rating == 3


# Submitting


def test_submitting_stores_the_result_and_queues_the_report(
    assessment: Assessment, django_capture_on_commit_callbacks: Any
) -> None:
    answer(assessment)

    with django_capture_on_commit_callbacks() as callbacks:
        report = submit(assessment)

    assessment.refresh_from_db()
    assert assessment.submitted_at is not None
    assert assessment.submitted_by == assessment.created_by
    assert assessment.submitted_as == "Ada Mwangi, Head of Registry"
    result = Result.objects.get(assessment=assessment)
    document = json.loads(result.document)
    assert document["views"]["declared"]["index"] == pytest.approx(75)
    assert document["views"]["supported"]["level"] == 3
    assert result.sha256 == hashlib.sha256(result.document.encode()).hexdigest()
    assert (report.result, report.state, report.names_organisation) == (result, "QUEUED", True)
    assert report.release is None  # none is published yet
    assert len(callbacks) == 1  # the notification waits for the commit


def test_fewer_questionnaires_give_no_index() -> None:
    assessment = owned_assessment(modules=["IS"])
    rows = answer(assessment)

    submit(assessment)

    document = queries.document_of(Result.objects.get())
    assert len(rows) == 22
    assert document["views"]["declared"]["index"] is None
    assert document["views"]["declared"]["level"] is None
    assert document["views"]["declared"]["dimensions"]["IS"]["score"] == 75


def test_an_authority_without_a_registry_is_asked_less() -> None:
    assessment = owned_assessment(respondent_type="NR", operates_registry=False)
    rows = answer(assessment)

    submit(assessment)

    assert len(rows) == 83
    assert queries.document_of(Result.objects.get())["cohort_type"] == "NR-A"


def test_submitting_with_gaps_names_them_and_changes_nothing(assessment: Assessment) -> None:
    answer(assessment, leaving=["TI5.5", "EG1.1"])

    with pytest.raises(submissions_actions.Unfinished) as refused:
        submit(assessment)

    assert refused.value.unanswered == ["EG1.1", "TI5.5"]
    assert refused.value.unexplained == []
    assessment.refresh_from_db()
    assert assessment.submitted_at is None
    assert (Result.objects.count(), Report.objects.count()) == (0, 0)


def test_submitting_needs_a_note_where_a_prerequisite_fell_later(assessment: Assessment) -> None:
    answer(assessment)
    save(assessment, GivenAnswer(rating=1), base=1)

    with pytest.raises(submissions_actions.Unfinished) as refused:
        submit(assessment)

    dependants = [
        code for code in queries.items_of(assessment) if "EG1.1" in ITEMS[code].depends_on
    ]
    assert refused.value.unexplained == dependants
    assert "EG1.2" in dependants
    Response.objects.filter(item__in=dependants).update(note="It rests on a law of 1998.")
    submit(assessment)
    assert Result.objects.count() == 1


def test_a_second_submission_is_refused(assessment: Assessment) -> None:
    answer(assessment)
    submit(assessment)

    with pytest.raises(answering.AlreadySubmitted):
        submit(assessment)

    assert (Result.objects.count(), Report.objects.count()) == (1, 1)


def test_the_response_file_scores_to_the_stored_result(assessment: Assessment) -> None:
    answer(assessment, leaving=["TI5.5", "EG1.1"])
    save(assessment, GivenAnswer(dont_know=True))
    said = GivenAnswer(not_applicable=True, reason_kind="MARKET", reason=REASON)
    save(assessment, said, item="TI5.5")
    Response.objects.filter(item__in=["EG1.2", "EG1.3", "EG1.4", "EG4.1"]).update(rating=2)
    Response.objects.filter(rating=3).update(note="See the register of exceptions.")
    file = queries.response_file_of(assessment)
    assert file["responses"]["EG1.1"] == {"dont_know": True}
    assert file["responses"]["TI5.5"] == {"not_applicable": REASON}

    submit(assessment)

    recomputed = queries.outlook_of(assessment, queries.responses_of(assessment))
    stored = queries.document_of(Result.objects.get())
    assert stored["views"] == recomputed["views"]
    assert stored["coverage"]["TI"]["not_applicable_weight"] == 1


# Races: the same rows from many threads, each with its own connection


def at_once(number: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work` in that many threads, which all begin at one moment."""
    barrier = Barrier(number)

    def begin(index: int) -> Any:
        try:
            barrier.wait(timeout=30)
            return work(index)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(begin, range(number)))


@pytest.mark.django_db(transaction=True)
def test_identical_submits_at_once_make_one_submission() -> None:
    owner = MembershipFactory()
    assessment = AssessmentFactory(organisation=owner.organisation, created_by=owner.user)
    answer(assessment)
    said = {"name": "Ada Mwangi", "position": "Head", "statement": "on"}
    clients = [Client() for _ in range(12)]
    for client in clients:
        client.force_login(owner.user)

    responses = at_once(
        12, lambda i: clients[i].post(reverse("assessments:check", args=[assessment.pk]), said)
    )

    result = reverse("assessments:result", args=[assessment.pk])
    assert [(r.status_code, r["Location"]) for r in responses] == [(302, result)] * 12
    assert len({r.content for r in responses}) == 1
    assert (Result.objects.count(), Report.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_colleagues_who_save_at_once_one_wins_and_the_others_are_told() -> None:
    assessment = owned_assessment()
    save(assessment, GivenAnswer(rating=0))
    colleagues = MembershipFactory.create_batch(8, organisation=assessment.organisation)
    people = [each.user for each in colleagues]

    def attempt(index: int) -> str:
        try:
            save(assessment, GivenAnswer(rating=2, note=f"By {index}."), by=people[index], base=1)
        except answering.StaleAnswer as exc:
            return f"told of {exc.current.note}"
        return f"saved By {index}."

    told = at_once(8, attempt)

    row = Response.objects.get()
    assert sorted(told) == sorted([f"saved {row.note}", *[f"told of {row.note}"] * 7])
    assert row.version == 2
    assert ResponseEvent.objects.filter(item="EG1.1").count() == 2


@pytest.mark.django_db(transaction=True)
def test_first_answers_at_once_are_one_row() -> None:
    assessment = owned_assessment()

    def attempt(index: int) -> bool:
        try:
            save(assessment, GivenAnswer(rating=2, note=f"By {index}."))
        except answering.StaleAnswer:
            return False
        return True

    assert sum(at_once(8, attempt)) == 1
    assert Response.objects.count() == ResponseEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_writers_wait_for_each_other() -> None:
    assessment = owned_assessment()
    codes = list(queries.items_of(assessment))[:40]

    def write(index: int) -> int:
        return sum(
            save(assessment, GivenAnswer(rating=2, note=f"{index}"), item=code)
            for code in codes[index::8]
        )

    assert at_once(8, write) == [5] * 8
    assert Response.objects.count() == ResponseEvent.objects.count() == 40


@pytest.mark.django_db(transaction=True)
def test_a_save_during_a_submission_is_in_the_result_or_refused() -> None:
    assessment = owned_assessment()
    answer(assessment)

    def work(index: int) -> str:
        try:
            if index == 0:
                submit(assessment)
                return "submitted"
            save(assessment, GivenAnswer(rating=4, evidence=3), base=1)
        except answering.AlreadySubmitted:
            return "refused"
        return "saved"

    submitted, saved = at_once(2, work)

    scored = queries.document_of(Result.objects.get())["trace"]["declared"]["capabilities"]["EG1"]
    rating = next(each["rating"] for each in scored["items"] if each["item"] == "EG1.1")
    assert submitted == "submitted"
    assert Response.objects.get(item="EG1.1").rating == rating
    assert rating == {"saved": 4, "refused": 3}[saved]


@pytest.mark.django_db(transaction=True)
def test_starting_at_once_opens_one_assessment() -> None:
    owner, wave = MembershipFactory(), WaveFactory()
    organisation, person = owner.organisation, owner.user
    edition = EditionFactory()

    def attempt(_index: int) -> Any:
        try:
            return start(organisation, person, wave=wave, edition=edition).pk
        except answering.AlreadyOpen as exc:
            return exc.assessment.pk

    assert len(set(at_once(6, attempt))) == 1
    assert Assessment.objects.count() == 1
