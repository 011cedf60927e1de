"""What stewards fill in."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from assessments.benchmarks.models import ReleaseNote
from portal.accounts.forms import OrganisationForm

LONGEST_TEXT = 4000


class VerificationForm(OrganisationForm):
    """The details of an organisation as they are confirmed, and what that rests on."""

    evidence = forms.CharField(
        label=_("Evidence"),
        help_text=_(
            "What you looked at and where, such as the register, the number of the entry and the "
            "day. Owner and adviser left empty mean that there is none."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Say what the confirmation rests on.")},
    )


class RevocationForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Kept with your name and the day. The organisation is not counted any more."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Say why the verification ends.")},
    )


class PublishForm(forms.Form):
    """The day on which an approved candidate is published."""

    on = forms.DateField(
        label=_("Publish on"),
        help_text=_("Today or a day that has been is at once."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": _("Choose the day of publication."),
            "invalid": _("Write the day as 2026-01-30."),
        },
    )

    def __init__(self, *args: Any, earliest: date, due: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = earliest
        self._due = due

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on < self._due:
            day = date_format(self._due, "j F Y")
            raise ValidationError(_("Choose %(day)s or a later day."), params={"day": day})
        return on


class NoteForm(forms.Form):
    """An erratum in words, or the withdrawal of a release."""

    kind = forms.ChoiceField(
        label=_("What is to be said?"),
        choices=[
            (ReleaseNote.Kind.ERRATUM.value, _("An erratum: the figures stand, with these words")),
            (ReleaseNote.Kind.TOMBSTONE.value, _("The release is withdrawn, for this reason")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an erratum or the withdrawal.")},
    )
    text = forms.CharField(
        label=_("In words for everybody"),
        help_text=_("Name the figures that are concerned, and nobody who is behind them."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Write what is wrong and what follows from it.")},
    )


class RevisionForm(forms.Form):
    change = forms.CharField(
        label=_("What was wrong"),
        help_text=_("Stands beside the release for everybody, once the revision is published."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Write what was wrong with the release.")},
    )


class WebhookForm(forms.Form):
    label = forms.CharField(
        label=_("Who listens there"),
        max_length=120,
        error_messages={"required": _("Name who listens there.")},
    )
    url = forms.CharField(
        label=_("Address"),
        help_text=_("A public address that starts with https://."),
        max_length=500,
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Give the address.")},
    )
