"""What the database itself refuses, whoever asks."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from assessments.answering.models import Assessment, Response, ResponseEvent, Result
from assessments.benchmarks.models import BenchmarkRelease, Observation
from assessments.questionnaires.models import InstrumentEdition
from assessments.reports.models import Report
from assessments.submissions.models import Withdrawal
from tests.factories import AssessmentFactory, EditionFactory, WaveFactory

pytestmark = pytest.mark.django_db


def refuses(rows: Any, **values: Any) -> bool:
    """Say whether the database refuses to change these rows, and leaves them as they were."""
    before = list(rows.values())
    try:
        with transaction.atomic():
            rows.update(**values)
    except IntegrityError:
        assert list(rows.values()) == before
        return True
    return False


@pytest.fixture
def result() -> Result:
    return Result.objects.create(
        assessment=AssessmentFactory(), document="{}", engine="cmi-score 1.0", sha256="a" * 64
    )


@pytest.fixture
def release() -> BenchmarkRelease:
    return BenchmarkRelease.objects.create(
        code="2025-W1",
        series="market",
        wave=WaveFactory(),
        edition=EditionFactory(),
        document="{}",
        sha256="b" * 64,
        published_at=now(),
    )


def response(assessment: Assessment, **values: Any) -> Response:
    said = {"item": "EG1.1", "rating": 2} | values
    return Response.objects.create(assessment=assessment, updated_by=assessment.created_by, **said)


@pytest.mark.parametrize("change", [{"document": "{}"}, {"sha256": "c" * 64}, {"version": "1.0.1"}])
def test_an_instrument_edition_never_changes(change: dict[str, str]) -> None:
    EditionFactory()

    assert refuses(InstrumentEdition.objects.all(), **change)


@pytest.mark.parametrize("change", [{"document": "[]"}, {"engine": "other"}, {"sha256": "c" * 64}])
def test_a_result_never_changes(result: Result, change: dict[str, str]) -> None:
    assert refuses(Result.objects.all(), **change)


@pytest.mark.parametrize("change", [{"document": "[]"}, {"revision": 2}, {"published_at": now()}])
def test_a_release_never_changes(release: BenchmarkRelease, change: dict[str, Any]) -> None:
    assert refuses(BenchmarkRelease.objects.all(), **change)


@pytest.mark.parametrize("change", [{"figures": {"median": 70}}, {"cohort": "type:RG"}])
def test_an_observation_never_changes(release: BenchmarkRelease, change: dict[str, Any]) -> None:
    Observation.objects.create(
        release=release,
        position=1,
        cohort="all",
        measure="index",
        view="declared",
        figures={"median": 60},
    )

    assert refuses(Observation.objects.all(), **change)


def test_the_history_of_a_response_never_changes() -> None:
    assessment = AssessmentFactory()
    ResponseEvent.objects.create(
        assessment=assessment,
        item="EG1.1",
        version=1,
        answer={"rating": 2},
        by=assessment.created_by,
    )

    assert refuses(ResponseEvent.objects.all(), answer={"rating": 4})
    assert refuses(ResponseEvent.objects.all(), version=2)


def test_a_report_changes_until_it_is_ready(result: Result) -> None:
    report = Report.objects.create(
        assessment=result.assessment, result=result, requested_by=result.assessment.created_by
    )
    rows = Report.objects.filter(pk=report.pk)

    assert not refuses(rows, state="BUILDING", progress=40)
    assert not refuses(rows, state="READY", file="reports/a.pdf", sha256="d" * 64, size=9)
    assert refuses(rows, sha256="e" * 64)
    assert refuses(rows, file="reports/b.pdf")
    assert refuses(rows, state="QUEUED")
    assert not refuses(rows, notified_at=now())


def test_a_ready_report_has_its_file_and_a_failed_one_its_reason(result: Result) -> None:
    report = Report.objects.create(
        assessment=result.assessment, result=result, requested_by=result.assessment.created_by
    )
    rows = Report.objects.filter(pk=report.pk)

    assert refuses(rows, state="READY")
    assert refuses(rows, state="FAILED")
    assert not refuses(rows, state="FAILED", reason="The disk is full.")


def test_responses_stand_once_the_assessment_is_submitted() -> None:
    assessment = AssessmentFactory()
    response(assessment)
    rows, open_rows = Response.objects.all(), Assessment.objects.filter(pk=assessment.pk)

    assert not refuses(rows, rating=3)
    open_rows.update(submitted_at=now(), submitted_by=assessment.created_by)
    assert refuses(rows, rating=4)
    assert refuses(rows, note="An afterthought.")
    assert refuses(open_rows, respondent_type="SB")
    assert refuses(open_rows, modules=["EG"])
    assert not refuses(open_rows, consents_to_benchmark=True)  # consent may be given or withdrawn


def test_responses_go_once_their_erasure_is_on_record() -> None:
    assessment = AssessmentFactory()
    response(assessment)
    Assessment.objects.update(submitted_at=now(), submitted_by=assessment.created_by)
    by = assessment.created_by
    Withdrawal.objects.create(assessment=assessment, is_erased=False, by=by)
    with pytest.raises(IntegrityError, match="cannot change"), transaction.atomic():
        Response.objects.all().delete()

    Withdrawal.objects.create(assessment=assessment, is_erased=True, by=by)
    Response.objects.all().delete()

    assert Response.objects.count() == 0
    with pytest.raises(IntegrityError, match="cannot change"), transaction.atomic():
        response(assessment)


@pytest.mark.parametrize(
    "values",
    [
        {"rating": None},  # no answer at all
        {"rating": 3, "dont_know": True},
        {"rating": None, "dont_know": True, "not_applicable": True},
        {"rating": 5},
        {"rating": 3, "evidence": 4},
        {"rating": None, "dont_know": True, "evidence": 1},
        {"rating": None, "not_applicable": True},  # without its reason
        {"rating": None, "not_applicable": True, "reason_kind": "OTHER"},
        {"rating": 3, "reason_kind": "OTHER"},
    ],
)
def test_a_response_is_one_kind_of_answer(values: dict[str, Any]) -> None:
    assessment = AssessmentFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        response(assessment, **values)

    assert Response.objects.count() == 0


def test_one_open_assessment_for_each_organisation_type_edition_and_wave() -> None:
    first = AssessmentFactory()
    same = {
        "organisation": first.organisation,
        "wave": first.wave,
        "edition": first.edition,
        "created_by": first.created_by,
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        AssessmentFactory(**same)

    AssessmentFactory(respondent_type="SB", **same)
    Assessment.objects.filter(pk=first.pk).update(submitted_at=now(), submitted_by=first.created_by)
    AssessmentFactory(**same)  # a revision, once the first one is submitted
    assert Assessment.objects.count() == 3


def test_only_a_national_authority_says_whether_it_runs_a_registry() -> None:
    for values in (
        {"respondent_type": "NR", "operates_registry": None},
        {"respondent_type": "RG", "operates_registry": True},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            AssessmentFactory(**values)

    for operates_registry in (False, True):
        AssessmentFactory(respondent_type="NR", operates_registry=operates_registry)
    assert Assessment.objects.filter(respondent_type="NR").count() == 2


def test_the_content_of_an_edition_is_read_once(django_assert_num_queries: Any) -> None:
    edition = EditionFactory()
    first = edition.content

    with django_assert_num_queries(0):
        again = InstrumentEdition(sha256=edition.sha256).content

    assert again is first
    assert first.sha256 == edition.sha256


@pytest.mark.django_db(transaction=True)
def test_the_triggers_go_and_come_with_their_migration() -> None:
    result = Result.objects.create(
        assessment=AssessmentFactory(), document="{}", engine="cmi-score 1.0", sha256="a" * 64
    )
    rows = Result.objects.filter(pk=result.pk)

    call_command("migrate", "assessments", "0001", verbosity=0)
    try:
        assert not refuses(rows, engine="unguarded")
    finally:
        call_command("migrate", "assessments", verbosity=0)

    assert refuses(rows, engine="cmi-score 1.0")
