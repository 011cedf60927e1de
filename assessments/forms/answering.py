"""Answering one item, and submitting the whole."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from assessments.actions.answering import (
    MAX_NOTE,
    MAX_REASON,
    MAX_REFERENCE,
    MAX_SUBMITTED_AS,
    AnswerIn,
    missing_reason,
)
from assessments.domain.instrument import Instrument, Item
from assessments.models import ReasonKind, Response

DONT_KNOW, NOT_APPLICABLE = "dont_know", "not_applicable"
MAX_VERSION = 2**31 - 1
TOO_LONG = _("Use at most %(limit_value)d characters; these are %(show_value)d.")


class Words(forms.CharField):
    """Text of several lines. A line break is one character, however the browser sends it.

    The browser is not told the limit: it would cut off what is pasted without a word.
    """

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, error_messages={"max_length": TOO_LONG}, **kwargs)

    def to_python(self, value: Any) -> str | None:
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}


class AnswerForm(forms.Form):
    """One answer: a level, or don't know, or not applicable where the item allows it."""

    answer = forms.ChoiceField(
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a level, or say that you don't know."),
            "invalid_choice": _("Choose one of the answers offered."),
        },
    )
    reason_kind = forms.ChoiceField(
        label=_("Why it does not apply"),
        choices=[("", _("Choose a reason")), *ReasonKind.choices],
        required=False,
    )
    reason = Words(
        label=_("The reason in your words"),
        help_text=_("30 characters or more."),
        max_length=MAX_REASON,
    )
    evidence = forms.TypedChoiceField(
        label=_("What evidence stands behind this level?"),
        help_text=_(
            "The grade sets the highest level your evidence supports. A level above it stays your"
            " claim and is shown as one."
        ),
        coerce=int,
        empty_value=None,
        initial=0,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose one of the grades offered.")},
    )
    evidence_reference = Words(
        label=_("Where the evidence is"),
        help_text=_("Title, version, date and owner of the document, or a link to it."),
        max_length=MAX_REFERENCE,
    )
    note = Words(
        label=_("Note"),
        help_text=_("For colleagues and, later, an assessor. It is never published."),
        max_length=MAX_NOTE,
    )
    version = forms.IntegerField(
        min_value=0,
        max_value=MAX_VERSION,
        required=False,
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), _("Open the question again; this page is old.")
        ),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        item: Item,
        instrument: Instrument,
        response: Response | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(response))
        self._item, self._least_reason = item, instrument.scale.reason_length
        answers = [(str(each.level), f"{each.level} {each.name}") for each in instrument.levels]
        answers.append((DONT_KNOW, _now("Don't know")))
        if item.not_applicable:
            answers.append((NOT_APPLICABLE, _now("Not applicable")))
        else:
            del self.fields["reason_kind"], self.fields["reason"]
        self._offer("answer", answers)
        grades = instrument.evidence_grades
        self._offer("evidence", [(each.grade, f"{each.code} {each.name}") for each in grades])

    def clean_answer(self) -> str:
        answer: str = self.cleaned_data["answer"]
        if len(set(cast(Any, self.data).getlist(self.add_prefix("answer")))) > 1:
            raise ValidationError(_("Choose one level, or don't know, or not applicable."))
        return answer

    def clean(self) -> dict[str, Any]:
        """Tell all that is missing of a reason at once; the action would tell one by one."""
        said = super().clean() or self.cleaned_data
        if said.get("answer") == NOT_APPLICABLE and {"reason_kind", "reason"} <= said.keys():
            for field, text in missing_reason(
                self._item,
                kind=said["reason_kind"],
                reason=said["reason"],
                least=self._least_reason,
            ).items():
                self.add_error(field, text)
        return said

    @property
    def base_version(self) -> int:
        """The version of the answer the page was opened on; 0 if there was none."""
        return self.cleaned_data.get("version") or 0

    @property
    def answer_in(self) -> AnswerIn:
        """The answer as it is stored: what belongs to another kind of answer is left out."""
        said, answer = self.cleaned_data, self.cleaned_data["answer"]
        is_rating = answer not in (DONT_KNOW, NOT_APPLICABLE)
        return AnswerIn(
            rating=int(answer) if is_rating else None,
            dont_know=answer == DONT_KNOW,
            not_applicable=answer == NOT_APPLICABLE,
            reason_kind=said["reason_kind"] if answer == NOT_APPLICABLE else "",
            reason=said.get("reason", ""),
            evidence=(said["evidence"] or 0) if is_rating else 0,
            evidence_reference=said["evidence_reference"],
            note=said["note"],
        )

    def _offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices


def _initial(response: Response | None) -> dict[str, Any]:
    if response is None:
        return {"version": 0}
    answer = str(response.rating)
    if response.dont_know:
        answer = DONT_KNOW
    elif response.not_applicable:
        answer = NOT_APPLICABLE
    return {
        "answer": answer,
        "reason_kind": response.reason_kind,
        "reason": response.reason,
        "evidence": response.evidence,
        "evidence_reference": response.evidence_reference,
        "note": response.note,
        "version": response.version,
    }


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
            "Whoever enters the code printed on the report is told that it is genuine, and its"
            " date. With this they are also told whose it is. Results are never shown."
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
