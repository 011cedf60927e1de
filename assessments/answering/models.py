"""An organisation's assessment, its responses and their history, and its results."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.core.documents import canonical_json
from assessments.questionnaires.models import InstrumentEdition
from portal.accounts.models import Organisation, User
from portal.db.freezes import Freeze
from portal.vocabulary import names
from portal.vocabulary.codes import AUTHORITY

# Conditions of the freezes: the assessment of the row is submitted, or its erasure is on record.
SUBMITTED = (
    "EXISTS (SELECT 1 FROM assessments_assessment AS a "
    "WHERE a.id = {row}.assessment_id AND a.submitted_at IS NOT NULL)"
)
ERASED = (
    "EXISTS (SELECT 1 FROM assessments_withdrawal AS w "
    "WHERE w.assessment_id = {row}.assessment_id AND w.is_erased)"
)


class WaveQuerySet(models.QuerySet["Wave"]):
    def open(self, *, on: date) -> WaveQuerySet:
        return self.filter(opens_date__lte=on, closes_date__gte=on)


class Wave(models.Model):
    """A period in which assessments are made and after which they are benchmarked together.

    Demonstration waves hold synthetic organisations alone.
    """

    code = models.SlugField(max_length=20, unique=True)
    title = models.CharField(max_length=80)
    opens_date = models.DateField()
    closes_date = models.DateField()
    is_demonstration = models.BooleanField(default=False)

    objects = WaveQuerySet.as_manager()

    class Meta:
        ordering = ["-opens_date", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_date__gt=models.F("opens_date")), name="wave_opens_before_close"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def of(self, user: User) -> AssessmentQuerySet:
        return self.filter(organisation__memberships__user=user)

    def open(self) -> AssessmentQuerySet:
        return self.filter(submitted_at=None)

    def submitted(self) -> AssessmentQuerySet:
        return self.filter(submitted_at__isnull=False)


class Assessment(models.Model):
    """One organisation's responses to one edition, as one respondent type, in one wave.

    `submitted_at` freezes the responses: `actions.submit_assessment` sets it and stores the
    result and the report's row in the same transaction. `modules` lists the questionnaires
    taken, in instrument order. `country_vintage` names the list from which region and income
    group were read when the assessment was started. `withdrawals` say whether it was taken back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="assessments"
    )
    edition = models.ForeignKey(
        InstrumentEdition, on_delete=models.PROTECT, related_name="assessments"
    )
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="assessments")
    respondent_type = models.CharField(max_length=2, choices=names.respondent_types)
    operates_registry = models.BooleanField(null=True)
    is_main_role = models.BooleanField(default=True)
    modules = models.JSONField(default=list)
    market = models.CharField(max_length=10, choices=names.markets)
    country = models.CharField(max_length=2)
    country_vintage = models.CharField(max_length=20)
    region = models.CharField(max_length=60)
    income_group = models.CharField(max_length=30)
    size_band = models.CharField(max_length=8, choices=names.size_bands)
    consents_to_benchmark = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    submitted_at = models.DateTimeField(null=True, editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    submitted_as = models.CharField(max_length=160, blank=True)  # name and role of who answers

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "respondent_type", "edition", "wave"],
                condition=Q(submitted_at=None),
                name="one_open_assessment_per_edition",
            ),
            models.CheckConstraint(
                condition=Q(respondent_type=AUTHORITY, operates_registry__isnull=False)
                | (~Q(respondent_type=AUTHORITY) & Q(operates_registry__isnull=True)),
                name="national_authority_says_whether_it_runs_a_registry",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None) | Q(submitted_by__isnull=False),
                name="submission_names_who_submitted",
            ),
            Freeze(
                name="assessments_assessment_frozen",
                message="A submitted assessment cannot change.",
                when="{row}.submitted_at IS NOT NULL",
                changeable=["consents_to_benchmark"],
                insert=True,
                delete=True,
                erased=ERASED.replace("{row}.assessment_id", "{row}.id"),
                erasable=["submitted_as"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.respondent_type} · {self.wave}"

    @property
    def is_submitted(self) -> bool:
        return self.submitted_at is not None


class ReasonKind(models.TextChoices):
    """Why a practice does not apply; the reason in words stands beside it."""

    ACTIVITY = "ACTIVITY", _("We do not carry out this activity")
    MARKET = "MARKET", _("Nothing of the kind exists in our market or jurisdiction")
    OTHER_BODY = "OTHER_BODY", _("Another body is responsible for it by law or mandate")
    OTHER = "OTHER", _("Another reason")


class Response(models.Model):
    """One answer: a rating 0 to 4, or don't know, or not applicable with a reason.

    `version` counts the saves, so that a clash of two people is found. Words that do not
    belong to the kind of answer (a reason beside a rating) are kept for whoever wrote them and
    count for nothing; grades of evidence belong to ratings alone.
    """

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="responses")
    item = models.CharField(max_length=12)
    rating = models.PositiveSmallIntegerField(null=True)
    dont_know = models.BooleanField(default=False)
    not_applicable = models.BooleanField(default=False)
    reason_kind = models.CharField(max_length=10, choices=ReasonKind.choices, blank=True)
    reason = models.TextField(blank=True)  # why not applicable
    evidence = models.PositiveSmallIntegerField(default=0)  # grade of the edition; 0: none
    evidence_reference = models.TextField(blank=True)
    note = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["assessment", "item"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "item"], name="one_response_per_item"),
            models.CheckConstraint(
                condition=Q(rating__isnull=False, dont_know=False, not_applicable=False)
                | Q(rating__isnull=True, dont_know=True, not_applicable=False)
                | Q(rating__isnull=True, dont_know=False, not_applicable=True),
                name="response_is_one_kind_of_answer",
            ),
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__lte=4), name="rating_from_0_to_4"
            ),
            models.CheckConstraint(
                condition=Q(evidence=0) | Q(evidence__lte=3, rating__isnull=False),
                name="evidence_from_0_to_3_beside_a_rating",
            ),
            models.CheckConstraint(
                condition=Q(not_applicable=True, reason_kind__in=ReasonKind.values) & ~Q(reason="")
                | Q(not_applicable=False, reason_kind=""),
                name="not_applicable_gives_its_reason",
            ),
            Freeze(
                name="assessments_response_frozen",
                message="The responses of a submitted assessment cannot change.",
                when=SUBMITTED,
                insert=True,
                delete=True,
                within="assessment_id",
                erased=ERASED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.item}"


class ResponseEvent(models.Model):
    """One save of one response, kept for ever; `answer` is what was stored then."""

    assessment = models.ForeignKey(
        Assessment, on_delete=models.CASCADE, related_name="response_events"
    )
    item = models.CharField(max_length=12)
    version = models.PositiveIntegerField()
    answer = models.JSONField(encoder=DjangoJSONEncoder)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["assessment", "item", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "item", "version"], name="one_event_per_version"
            ),
            Freeze(
                name="assessments_event_frozen",
                message="The history of a response cannot change. Save the response again.",
                insert=SUBMITTED,
                delete=True,
                erased=ERASED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.item} v{self.version}"


# The submission has no result to re-score, or one by the same engine.
NO_RESCORE = (
    "NOT EXISTS (SELECT 1 FROM assessments_result AS r "
    "WHERE r.assessment_id = {row}.assessment_id) "
    "OR EXISTS (SELECT 1 FROM assessments_result AS r "
    "WHERE r.assessment_id = {row}.assessment_id AND r.engine = {row}.engine)"
)


class Result(models.Model):
    """The result document of a submission, frozen. A re-score is a new row beside the old one.

    `document` is canonical JSON (UTF-8, sorted keys, no spaces); `sha256` its hash in hex.
    """

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="results")
    document = models.TextField()
    engine = models.CharField(max_length=20)
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["assessment", "-created_at"]
        get_latest_by = "created_at"
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "sha256"], name="one_result_per_assessment_and_content"
            ),
            Freeze(
                name="assessments_result_frozen",
                message="A result cannot change. Store a re-score by another engine beside it.",
                insert=f"{SUBMITTED} AND ({NO_RESCORE})",
                delete=True,
                erased=ERASED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id} by {self.engine}"

    @classmethod
    def of(cls, assessment: Assessment, document: Mapping[str, Any], *, at: datetime) -> Result:
        """Return an unsaved row that holds the document in canonical form."""
        text = canonical_json(document)
        return cls(
            assessment=assessment,
            document=text.decode(),
            engine=document["engine"],
            sha256=hashlib.sha256(text).hexdigest(),
            created_at=at,
        )
