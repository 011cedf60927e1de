"""Submitting an assessment and taking a submission back, each in one transaction.

Owners alone do either: `NotAllowed` refuses everybody else under the lock, before anything changes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from django.core.files.storage import Storage
from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.db.models.deletion import Collector
from django.utils.translation import gettext as _

from assessments.answering import access, queries
from assessments.answering.actions import AlreadySubmitted
from assessments.answering.models import Assessment, Result, Wave
from assessments.core import engines
from assessments.reports.actions import queue_report
from assessments.reports.models import Report
from assessments.submissions.models import Withdrawal
from portal.accounts.access import only_of
from portal.accounts.models import MAY_SUBMIT, User

MAX_SUBMITTED_AS = 160


class Unfinished(Exception):
    """Not ready to submit: `unanswered` items, and `unexplained` ones, by code and in order."""

    def __init__(self, *, unanswered: Sequence[str], unexplained: Sequence[str]) -> None:
        super().__init__(_("Some questions are not finished yet."))
        self.unanswered, self.unexplained = list(unanswered), list(unexplained)


@transaction.atomic
def submit_assessment(
    *, assessment: Assessment, submitted_as: str, names_organisation: bool, by: User, at: datetime
) -> Report:
    """Freeze the responses, store the result and queue the report, all or nothing.

    `submitted_as` is the name and role of the person who answers for the organisation.
    """
    rows = access.assessments_for(by, roles=MAY_SUBMIT).select_for_update(of=("self",))
    whole = rows.select_related("edition", "organisation", "wave").defer("edition__document")
    locked = only_of(whole, assessment.pk)
    if locked.submitted_at:
        raise AlreadySubmitted(_("This assessment is submitted already."))
    responses = queries.responses_of(locked)
    answers = queries.answers_of(locked, responses)
    unanswered = queries.unanswered(locked, responses)
    unexplained = queries.unexplained(locked, responses)
    if unanswered or unexplained:
        raise Unfinished(unanswered=unanswered, unexplained=unexplained)
    result = Result.of(locked, engines.score(locked.edition.content, answers), at=at)
    result.save()
    locked.submitted_at, locked.submitted_by = at, by
    locked.submitted_as = submitted_as[:MAX_SUBMITTED_AS]
    locked.save(update_fields=["submitted_at", "submitted_by", "submitted_as"])
    return queue_report(
        result=result, names_organisation=names_organisation, requested_by=by, at=at
    )


logger = logging.getLogger(__name__)


class WithdrawalRefused(Exception):
    """There is nothing to take back; the text says why."""


def is_over(wave: Wave, *, at: datetime) -> bool:
    """Say whether the wave has closed: what is withdrawn now may have been published already."""
    return at.date() > wave.closes_date


@transaction.atomic
def withdraw_submission(
    *, assessment: Assessment, by: User, at: datetime, erase: bool
) -> Withdrawal:
    """Take a submission back, so that no release counts it; with `erase`, delete it.

    After the close of its wave it is always deleted: answers, their history, evidence, results,
    reports and files. That it was made, and taken back by whom and when, stays on record, so that
    an earlier submission of the same wave does not step into its place.
    """
    # A release under way holds the same lock: it counts the submission or comes after.
    wave = Wave.objects.select_for_update().get(pk=assessment.wave_id)
    rows = access.assessments_for(by, roles=MAY_SUBMIT).select_for_update(of=("self",))
    locked = only_of(rows, assessment.pk)
    if locked.submitted_at is None:
        raise WithdrawalRefused(_("This assessment is not submitted, so it is counted nowhere."))
    erase = erase or is_over(wave, at=at)
    earlier = list(locked.withdrawals.values_list("is_erased", flat=True))
    if True in earlier or (earlier and not erase):
        raise WithdrawalRefused(_("This submission has been taken back already."))
    # The record comes first: the database lets go of a submission only once its erasure is in it.
    withdrawal = Withdrawal.objects.create(assessment=locked, is_erased=erase, by=by, at=at)
    locked.consents_to_benchmark = False
    if erase:
        _erase(locked)
        locked.submitted_as = ""
    locked.save(update_fields=["consents_to_benchmark", "submitted_as"])
    return withdrawal


def _erase(assessment: Assessment) -> None:
    """Delete every row that hangs on the assessment, but the record of its withdrawals."""
    files: list[tuple[Storage, str]] = []
    for relation in Assessment._meta.related_objects:
        model = relation.related_model
        if model is Withdrawal or not isinstance(relation.field, models.ForeignKey):
            continue
        assert isinstance(model, type), "the relation is resolved by now"
        rows = model._base_manager.filter(**{relation.field.name: assessment})
        files.extend(_files_below(rows))
        rows.delete()
    transaction.on_commit(partial(_delete_files, files))


def _files_below(rows: models.QuerySet[models.Model]) -> Iterable[tuple[Storage, str]]:
    """Yield the stored files of these rows and of every row that goes with them."""
    collector = Collector(using=DEFAULT_DB_ALIAS, origin=rows)
    collector.collect(rows)
    going = [*collector.data.values(), *collector.fast_deletes]
    for instances in going:
        for instance in instances:
            for column in instance._meta.concrete_fields:
                file = (
                    getattr(instance, column.name) if isinstance(column, models.FileField) else None
                )
                if file:
                    yield file.storage, file.name


def _delete_files(files: Iterable[tuple[Storage, str]]) -> None:
    for storage, name in files:
        try:
            storage.delete(name)
        except OSError as exc:  # the others go all the same
            logger.error("File %s of an erased assessment is left: %s", name, type(exc).__name__)
