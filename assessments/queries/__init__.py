"""Reads: rows in, domain values out."""

from assessments.queries.assessments import (
    answer_of,
    answered_of,
    answers_of,
    assessments_of,
    document_of,
    items_of,
    open_waves,
    organisations_to_answer_for,
    outlook_of,
    progress_of,
    release_for,
    response_file_of,
    responses_of,
    responses_to,
    result_of,
    scope_of,
    unanswered,
    unexplained,
    unmet_prerequisites,
)
from assessments.queries.instruments import EditionToRead, current_edition, edition_to_read
from assessments.queries.isolation import only
from assessments.queries.reports import VerifiedReport, report_by_code

__all__ = [
    "EditionToRead",
    "VerifiedReport",
    "answer_of",
    "answered_of",
    "answers_of",
    "assessments_of",
    "current_edition",
    "document_of",
    "edition_to_read",
    "items_of",
    "only",
    "open_waves",
    "organisations_to_answer_for",
    "outlook_of",
    "progress_of",
    "release_for",
    "report_by_code",
    "response_file_of",
    "responses_of",
    "responses_to",
    "result_of",
    "scope_of",
    "unanswered",
    "unexplained",
    "unmet_prerequisites",
]
