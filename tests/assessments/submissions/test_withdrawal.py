"""Taking a submission back, before the close of its wave and after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.db.utils import IntegrityError
from django.urls import reverse
from django.utils.timezone import now

from assessments.answering.models import Assessment, Response, ResponseEvent, Result, Wave
from assessments.benchmarks import eligibility as queries
from assessments.disclosure.submissions import Submission
from assessments.reports.models import Report
from assessments.submissions import actions
from assessments.submissions import actions as answering
from assessments.submissions.models import Withdrawal
from portal.accounts.access import NotAllowed
from portal.accounts.models import User
from tests.assessments.market import (
    AFTER,
    DURING,
    market_of,
    organisations,
    released,
    submitted,
    wave,
)
from tests.factories import (
    AssessmentFactory,
    EditionFactory,
    MembershipFactory,
    UserFactory,
    WaveFactory,
    answer,
)

pytestmark = pytest.mark.django_db


def owner_of(assessment: Assessment) -> User:
    user: User = MembershipFactory(organisation=assessment.organisation).user
    return user


def take_back(assessment: Assessment, at: datetime = DURING, *, erase: bool = False) -> Withdrawal:
    return actions.withdraw_submission(
        assessment=assessment, by=owner_of(assessment), at=at, erase=erase
    )


def counted(*waves: Wave) -> list[Submission]:
    return queries.eligible_submissions(waves, series="market", edition=EditionFactory())


def made() -> Assessment:
    """Return a submission with answers, history, result and a finished report."""
    assessment = AssessmentFactory(wave=WaveFactory(), consents_to_benchmark=True)
    person = owner_of(assessment)
    [first, *_rest] = answer(assessment)
    ResponseEvent.objects.create(
        assessment=assessment, item=first.item, version=1, answer={"rating": 3}, by=person
    )
    report = answering.submit_assessment(
        assessment=assessment,
        submitted_as="Ada, Director",
        names_organisation=True,
        by=person,
        at=now(),
    )
    report.file.save(f"reports/{report.pk}.pdf", ContentFile(b"%PDF-1.7"))
    Report.objects.filter(pk=report.pk).update(
        state="READY", sha256="0" * 64, ready_at=now(), file=report.file.name, size=8, pages=1
    )
    assessment.refresh_from_db()
    return assessment


def test_before_the_close_a_submission_that_is_taken_back_is_not_counted_and_stays_readable() -> (
    None
):
    period = wave()
    kept, gone = market_of(2, period)

    record = take_back(gone)

    assert [each.organisation for each in counted(period)] == [str(kept.organisation_id)]
    assert (record.is_erased, record.at) == (False, DURING)
    assert gone.results.exists()


def test_an_earlier_submission_does_not_step_into_its_place() -> None:
    period = wave()
    for erase in (False, True):
        [entity] = organisations(1)
        submitted(entity, period, at=DURING)
        last = submitted(entity, period, at=DURING + timedelta(days=1))

        take_back(last, erase=erase)

        assert counted(period) == []


def test_a_new_submission_after_one_was_taken_back_counts() -> None:
    period = wave()
    [entity] = organisations(1)
    take_back(submitted(entity, period, at=DURING), erase=True)
    submitted(entity, period, rating=4, at=DURING + timedelta(days=1))

    [found] = counted(period)

    assert found.scores["declared"]["IS"] == 100


def test_what_is_taken_back_after_the_close_is_in_no_later_release() -> None:
    """A sealed submission of a wave too small for a release does not move into the next."""
    first, second = wave(2024), wave(2025)
    [sealed, _other] = market_of(2, first)
    assert len(counted(second, first)) == 2

    take_back(sealed, at=datetime(2025, 3, 1, tzinfo=UTC))

    assert len(counted(second, first)) == 1


def test_a_published_release_stands_when_somebody_leaves_it() -> None:
    period = wave()
    [leaver, *_others] = market_of(12, period)
    release = released(period)

    take_back(leaver, at=AFTER)

    document, sha256 = release.document, release.sha256
    release.refresh_from_db()
    assert (release.document, release.sha256) == (document, sha256)


def test_erasing_leaves_no_answer_no_result_no_report_and_no_file(
    django_capture_on_commit_callbacks: Any,
) -> None:
    assessment, other = made(), made()
    report = Report.objects.get(assessment=assessment)
    storage, name = report.file.storage, str(report.file.name)

    with django_capture_on_commit_callbacks(execute=True):
        take_back(assessment, at=now(), erase=True)

    for model in (Response, ResponseEvent, Result, Report):
        assert not model.objects.filter(assessment=assessment).exists()
        assert model.objects.filter(assessment=other).exists()
    assert not storage.exists(name)
    assessment.refresh_from_db()
    assert (assessment.submitted_as, assessment.consents_to_benchmark) == ("", False)
    assert assessment.is_submitted


def test_nothing_that_hangs_on_an_assessment_is_forgotten_by_erasing() -> None:
    """Whatever points at an assessment goes, whoever adds it: only the withdrawal stays."""
    assessment = made()

    take_back(assessment, at=now(), erase=True)

    left = {
        relation.related_model.__name__
        for relation in Assessment._meta.related_objects
        if relation.related_model._base_manager.filter(**{relation.field.name: assessment}).exists()
    }
    assert left == {"Withdrawal"}


def test_after_the_close_it_is_always_erased() -> None:
    period = wave()
    [gone] = market_of(1, period)

    record = take_back(gone, at=datetime(2026, 1, 1, tzinfo=UTC))

    assert record.is_erased
    assert not gone.results.exists()


def test_what_was_kept_can_be_erased_later_and_nothing_twice() -> None:
    assessment = made()
    take_back(assessment, at=now())
    with pytest.raises(actions.WithdrawalRefused, match="already"):
        take_back(assessment, at=now())

    take_back(assessment, at=now(), erase=True)

    with pytest.raises(actions.WithdrawalRefused, match="already"):
        take_back(assessment, at=now(), erase=True)
    assert Withdrawal.objects.filter(assessment=assessment).count() == 2


@pytest.mark.parametrize("role", ["CONTRIBUTOR", "VIEWER", None])
def test_nobody_but_an_owner_takes_a_submission_back(role: str | None) -> None:
    assessment = made()
    by = UserFactory()
    if role:
        MembershipFactory(user=by, organisation=assessment.organisation, role=role)

    with pytest.raises(NotAllowed):
        actions.withdraw_submission(assessment=assessment, by=by, at=now(), erase=True)

    assert assessment.responses.exists()
    assert not Withdrawal.objects.exists()


def test_what_is_not_submitted_cannot_be_taken_back() -> None:
    with pytest.raises(actions.WithdrawalRefused, match="not submitted"):
        take_back(AssessmentFactory(wave=WaveFactory()), at=now())


def test_the_record_of_a_withdrawal_never_changes() -> None:
    record = take_back(made(), at=now())

    with pytest.raises(IntegrityError, match="cannot change"), connection.cursor() as cursor:
        cursor.execute("UPDATE assessments_withdrawal SET at = %s", [AFTER])
    assert record.by


# The page


def test_an_owner_takes_it_back_on_a_page(client: Any) -> None:
    assessment = made()
    client.force_login(owner_of(assessment))
    address = reverse("assessments:withdraw", args=[assessment.pk])
    assert (
        address in client.get(reverse("assessments:result", args=[assessment.pk])).content.decode()
    )

    unsure = client.post(address, {"scope": "ERASE"})
    done = client.post(address, {"scope": "ERASE", "sure": "on"}, follow=True)

    assert "Confirm that you take the submission back." in unsure.content.decode()
    assert "Its answers, result and reports are deleted." in done.content.decode()
    assert not assessment.responses.exists()
    result = client.get(reverse("assessments:result", args=[assessment.pk]))
    assert (result.status_code, result.url) == (302, address)


def test_a_viewer_reads_what_it_means_and_cannot_do_it(client: Any) -> None:
    assessment = made()
    viewer = MembershipFactory(organisation=assessment.organisation, role="VIEWER").user
    client.force_login(viewer)
    address = reverse("assessments:withdraw", args=[assessment.pk])

    assert "Only an owner of the organisation" in client.get(address).content.decode()
    assert client.post(address, {"scope": "ERASE", "sure": "on"}).status_code == 404
    client.force_login(UserFactory())
    assert client.get(address).status_code == 404
    assert assessment.responses.exists()
