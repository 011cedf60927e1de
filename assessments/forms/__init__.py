"""Forms: they check shape and spelling, `actions` the rest."""

from assessments.forms.answering import AnswerForm, SubmitForm
from assessments.forms.starting import StartForm
from assessments.forms.stewardship import (
    NoteForm,
    PublishForm,
    RevisionForm,
    RevocationForm,
    VerificationForm,
    WebhookForm,
    WithdrawForm,
)

__all__ = [
    "AnswerForm",
    "NoteForm",
    "PublishForm",
    "RevisionForm",
    "RevocationForm",
    "StartForm",
    "SubmitForm",
    "VerificationForm",
    "WebhookForm",
    "WithdrawForm",
]
