"""Rows and constraints, a file per noun."""

from assessments.models.assessment import (
    Assessment,
    EvidenceGrade,
    Market,
    ReasonKind,
    RespondentType,
    Response,
    ResponseEvent,
    Result,
    SizeBand,
    Wave,
)
from assessments.models.benchmark import BenchmarkRelease, Observation, ReleaseNote
from assessments.models.candidate import ReleaseCandidate, ReleaseMember
from assessments.models.instrument import Instrument, InstrumentEdition
from assessments.models.report import Report
from assessments.models.webhook import WebhookDelivery, WebhookSubscription
from assessments.models.withdrawal import Withdrawal

__all__ = [
    "Assessment",
    "BenchmarkRelease",
    "EvidenceGrade",
    "Instrument",
    "InstrumentEdition",
    "Market",
    "Observation",
    "ReasonKind",
    "ReleaseCandidate",
    "ReleaseMember",
    "ReleaseNote",
    "Report",
    "RespondentType",
    "Response",
    "ResponseEvent",
    "Result",
    "SizeBand",
    "Wave",
    "WebhookDelivery",
    "WebhookSubscription",
    "Withdrawal",
]
