"""Submitting an assessment, and taking the submission back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from assessments.answering.forms import TOO_LONG
from assessments.submissions.actions import MAX_SUBMITTED_AS


class SubmitForm(forms.Form):
    """The statement, and the person who makes it."""

    name = forms.CharField(
        label=_("Name of the person who answers for the organisation"),
        max_length=90,
        error_messages={
            "required": _("Enter the name of the person who answers for the organisation."),
            "max_length": TOO_LONG,
        },
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    position = forms.CharField(
        label=_("Their role in the organisation"),
        max_length=MAX_SUBMITTED_AS - 90 - 2,
        error_messages={
            "required": _("Enter the role of this person in the organisation."),
            "max_length": TOO_LONG,
        },
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )
    names_organisation = forms.BooleanField(
        label=_("Verification may name the organisation"),
        help_text=_(
            "Whoever enters the code printed on the report sees that it is genuine, and its"
            " date. With this they also see whose it is. Results are never shown."
        ),
        required=False,
    )
    statement = forms.BooleanField(
        label=_(
            "The answers are true to the best of our knowledge, the evidence named exists, and I"
            " may submit them for the organisation"
        ),
        error_messages={"required": _("Confirm the statement to submit.")},
    )

    @property
    def submitted_as(self) -> str:
        return f"{self.cleaned_data['name']}, {self.cleaned_data['position']}"


class WithdrawForm(forms.Form):
    """Take a submission back, and perhaps its answers with it."""

    scope = forms.ChoiceField(
        label=_("What happens to the answers?"),
        choices=[
            ("KEEP", _("Keep them: we go on reading our answers, result and report")),
            ("ERASE", _("Delete them, with the result and the report")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether the answers are kept.")},
    )
    sure = forms.BooleanField(
        label=_("I take this submission back for my organisation"),
        error_messages={"required": _("Confirm that you take the submission back.")},
    )

    def __init__(self, *args: Any, deletes: bool, **kwargs: Any) -> None:
        """Build the form; with `deletes` there is no choice left."""
        super().__init__(*args, **kwargs)
        if deletes:
            del self.fields["scope"]

    @property
    def erases(self) -> bool:
        return bool(self.cleaned_data.get("scope", "ERASE") == "ERASE")
