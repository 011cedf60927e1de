"""Starting an assessment and answering one item: shape and spelling; `actions` checks the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from assessments.answering import answers
from assessments.answering.answers import (
    DONT_KNOW,
    MAX_NOTE,
    MAX_REASON,
    MAX_REFERENCE,
    NOT_APPLICABLE,
    missing_reason,
)
from assessments.answering.models import (
    ReasonKind,
    Response,
    Wave,
)
from assessments.core.instrument import Instrument, Item
from portal.accounts.models import Organisation
from portal.vocabulary import names
from portal.vocabulary.codes import AUTHORITY
from portal.vocabulary.countries import countries

MAX_VERSION = 2**31 - 1
TOO_LONG = _("Use at most %(limit_value)d characters; these are %(show_value)d.")


class Words(forms.CharField):
    """Text of several lines. A line break is one character, however the browser sends it.

    The limit is not an attribute of the field: a browser would cut off pasted text silently.
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
        super().__init__(data, initial=answers.in_form(response) if response else {"version": 0})
        self._item, self._least_reason = item, instrument.scale.reason_length
        choices = [(str(each.level), f"{each.level} {each.name}") for each in instrument.levels]
        choices.append((DONT_KNOW, _now("Don't know")))
        if item.not_applicable:
            choices.append((NOT_APPLICABLE, _now("Not applicable")))
        else:
            del self.fields["reason_kind"], self.fields["reason"]
        self._offer("answer", choices)
        grades = instrument.evidence_grades
        self._offer("evidence", [(each.grade, f"{each.code} {each.name}") for each in grades])

    def clean_answer(self) -> str:
        answer: str = self.cleaned_data["answer"]
        if len(set(cast(Any, self.data).getlist(self.add_prefix("answer")))) > 1:
            raise ValidationError(_("Choose one level, or don't know, or not applicable."))
        return answer

    def clean(self) -> dict[str, Any]:
        """Report all that is missing of a reason at once; the action reports the first alone."""
        data = super().clean() or self.cleaned_data
        if data.get("answer") == NOT_APPLICABLE and {"reason_kind", "reason"} <= data.keys():
            for field, text in missing_reason(
                self._item,
                kind=data["reason_kind"],
                reason=data["reason"],
                least=self._least_reason,
            ).items():
                self.add_error(field, text)
        return data

    @property
    def base_version(self) -> int:
        """The version of the answer the page was opened on; 0 if there was none."""
        return self.cleaned_data.get("version") or 0

    @property
    def given(self) -> answers.GivenAnswer:
        """The answer as it is stored."""
        return answers.of_form(self.cleaned_data)

    def _offer(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices


class RoleSelect(forms.RadioSelect):
    """Radio buttons for the role; the one that asks about a registry is marked for the styles."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if value == AUTHORITY:
            option["attrs"]["data-asks"] = "registry"
        return option


class StartForm(forms.Form):
    """Who answers what, for which market and period. A choice of one is made already."""

    organisation = forms.ChoiceField(
        label=_("Organisation"),
        error_messages={"required": _("Choose the organisation you answer for.")},
    )
    respondent_type = forms.ChoiceField(
        label=_("In which role does it answer?"),
        help_text=_(
            "The role decides which questions are asked and who the peers are. An organisation "
            "with several roles makes one assessment for each."
        ),
        widget=RoleSelect,
        error_messages={"required": _("Choose the role in which the organisation answers.")},
    )
    operates_registry = forms.TypedChoiceField(
        label=_("National registry or regulator: does it operate a registry?"),
        help_text=_(
            "Answer this for that role only. An authority without a registry is not asked"
            " about running one."
        ),
        choices=[("yes", _("Yes, it operates a registry")), ("no", _("No, it operates none"))],
        coerce=lambda answer: answer == "yes",
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    is_main_role = forms.BooleanField(
        label=_("This is the organisation’s main role"),
        help_text=_("Where all types are counted together, it counts once, in its main role."),
        required=False,
        initial=True,
    )
    market = forms.ChoiceField(
        label=_("Market"),
        choices=names.markets,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the market the organisation works in.")},
    )
    country = forms.ChoiceField(
        label=_("Country of the legal entity"),
        help_text=_("Peers are grouped by its World Bank region and income group."),
        required=False,
    )
    size_band = forms.ChoiceField(
        label=_("Size"),
        choices=names.size_bands,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how many staff the organisation has.")},
    )
    wave = forms.ChoiceField(
        label=_("Period"),
        help_text=_("Assessments of one period are benchmarked together after it closes."),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a period.")},
    )
    modules = forms.MultipleChoiceField(
        label=_("Questionnaires"),
        help_text=_(
            "Without all of them there are results for each, but no index and no overall level."
        ),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one questionnaire.")},
    )
    consents_to_benchmark = forms.BooleanField(
        label=_("Count this assessment in the benchmarks"),
        required=False,
    )

    def __init__(
        self,
        data: Any = None,
        *,
        organisations: Sequence[Organisation],
        waves: Sequence[Wave],
        instrument: Instrument,
    ) -> None:
        super().__init__(data)
        self._organisations = {str(each.pk): each for each in organisations}
        self._waves = {str(each.pk): each for each in waves}
        named = [("", _("Choose an organisation")), *_named(self._organisations)]
        self._offer("organisation", named if len(organisations) > 1 else named[1:])
        self._offer("wave", [(key, _with_end(each)) for key, each in self._waves.items()])
        if len(waves) == 1:
            self.fields["wave"].initial = str(waves[0].pk)
        self._offer(
            "respondent_type",
            [(code, names.RESPONDENT_TYPES[code]) for code in instrument.respondent_types],
        )
        modules = [(each.code, each.title) for each in instrument.dimensions]
        self._offer("modules", modules)
        self.fields["modules"].initial = [code for code, _title in modules]
        places = [(each.iso2, each.name) for each in countries()]
        own = _("The country of the organisation")
        if len(organisations) == 1:
            self.fields["country"].initial = organisations[0].country
            self._offer("country", places)
        else:
            self._offer("country", [("", own), *places])

    def clean_organisation(self) -> Organisation:
        return self._organisations[self.cleaned_data["organisation"]]

    def clean_operates_registry(self) -> bool | None:
        answer: bool | None = self.cleaned_data["operates_registry"]
        if self.cleaned_data.get("respondent_type") != AUTHORITY:
            return None
        if answer is None:
            raise ValidationError(_("Say whether the authority operates a registry."))
        return answer

    def clean_country(self) -> str:
        organisation = self.cleaned_data.get("organisation")
        country: str = self.cleaned_data["country"]
        return country or (organisation.country if organisation else "")

    def clean_wave(self) -> Wave:
        wave = self._waves[self.cleaned_data["wave"]]
        organisation = self.cleaned_data.get("organisation")
        if organisation and organisation.is_demonstration != wave.is_demonstration:
            raise ValidationError(
                _(
                    "Choose a demonstration period for a demonstration organisation, and another"
                    " for any other."
                )
            )
        return wave

    def _offer(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices


def _with_end(wave: Wave) -> str:
    day = date_format(wave.closes_date, "j F Y")
    return _now("{period}, open until {day}").format(period=wave, day=day)


def _named(rows: dict[str, Any]) -> list[tuple[str, str]]:
    return [(key, str(row)) for key, row in rows.items()]
