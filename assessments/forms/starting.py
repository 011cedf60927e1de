"""Starting an assessment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from assessments.domain.instrument import Instrument
from assessments.models import Market, RespondentType, SizeBand, Wave
from portal.accounts.countries import countries
from portal.accounts.models import Organisation


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
        choices=RespondentType.choices,
        widget=forms.RadioSelect,
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
        choices=Market.choices,
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
        choices=SizeBand.choices,
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
            "With fewer than five there are results for each, but no index and no overall level."
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
        if self.cleaned_data.get("respondent_type") != RespondentType.NR:
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
