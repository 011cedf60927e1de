"""Every row of the app, for Django to find; each stands in the slice that owns it."""

from assessments.answering.models import Assessment, Response, ResponseEvent, Result, Wave
from assessments.benchmarks.models import (
    BenchmarkRelease,
    Observation,
    ReleaseCandidate,
    ReleaseMember,
    ReleaseNote,
)
from assessments.questionnaires.models import Instrument, InstrumentEdition
from assessments.reports.models import Report
from assessments.submissions.models import Withdrawal
from assessments.webhooks.models import WebhookDelivery, WebhookSubscription

__all__ = [
    "Assessment",
    "BenchmarkRelease",
    "Instrument",
    "InstrumentEdition",
    "Observation",
    "ReleaseCandidate",
    "ReleaseMember",
    "ReleaseNote",
    "Report",
    "Response",
    "ResponseEvent",
    "Result",
    "Wave",
    "WebhookDelivery",
    "WebhookSubscription",
    "Withdrawal",
]
