"""Forms about people and organisations: they check shape and spelling, `actions` the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from portal.accounts.identifiers import InvalidLei, parse_lei
from portal.accounts.models import Organisation, Role, User
from portal.vocabulary.countries import countries

if TYPE_CHECKING:  # the stubs' class is generic, Django's is not
    UserFields = forms.ModelForm[User]
    OrganisationFields = forms.ModelForm[Organisation]
else:
    UserFields = OrganisationFields = forms.ModelForm

# Names stand in mails to strangers: no line breaks for a header, no bait to click.
PLAIN_NAME = (
    RegexValidator(r"[\x00-\x1f\x7f]", _("Write the name on one line."), inverse_match=True),
    RegexValidator(
        r"(?i)://|\bwww\.", _("A name cannot contain a web address."), inverse_match=True
    ),
)
ROLE_DESCRIPTIONS = {
    Role.OWNER.value: _("Answers, submits, invites and decides who may do what."),
    Role.CONTRIBUTOR.value: _("Answers, attaches evidence and comments."),
    Role.VIEWER.value: _("Reads answers, results and reports."),
}


class NameForm(UserFields):
    """How colleagues see a person."""

    name = forms.CharField(
        label=_("Your name"),
        help_text=_("As colleagues know you, and as your organisation’s submissions will show it."),
        max_length=120,
        validators=PLAIN_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name.")},
    )

    class Meta:
        model = User
        fields = ["name"]


class OrganisationForm(OrganisationFields):
    country = forms.ChoiceField(
        label=_("Country"),
        help_text=_("Where the legal entity is registered. Peers are grouped by its region."),
        error_messages={"required": _("Choose a country.")},
    )

    lei = forms.CharField(
        label=_("Legal entity identifier (LEI)"),
        help_text=_("The 20 characters of ISO 17442, if the organisation has one."),
        max_length=40,  # people copy it with spaces, which are dropped
        required=False,
    )

    class Meta:
        model = Organisation
        fields = [
            "name",
            "country",
            "registration_number",
            "lei",
            "ultimate_owner",
            "adviser",
        ]
        error_messages = {"name": {"required": _("Enter the name of the organisation.")}}
        labels = {
            "name": _("Name of the organisation"),
            "adviser": _("Adviser"),
        }
        help_texts = {
            "name": _("The full name of the legal entity, as it should stand on a report."),
            "registration_number": _("In the company or public register of its country."),
            "ultimate_owner": _(
                "The company or state that owns it in the end. Entities with one owner are"
                " counted together where benchmarks must not be dominated by one."
            ),
            "adviser": _("A firm that fills in the answers with or for you, if there is one."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Choose a country")), *((c.iso2, c.name) for c in countries())]
        self.fields["country"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["name"].widget.attrs["autocomplete"] = "organization"
        for name in ("name", "ultimate_owner", "adviser", "registration_number"):
            self.fields[name].validators.extend(PLAIN_NAME)

    def clean_lei(self) -> str:
        try:
            return parse_lei(self.cleaned_data["lei"])
        except InvalidLei as exc:
            raise ValidationError(
                _("%(problem)s Check it, or leave it empty."), params={"problem": exc}
            ) from exc


class RoleForm(forms.Form):
    role = forms.TypedChoiceField(
        label=_("Role"),
        choices=Role.choices,
        coerce=Role,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a role.")},
    )


class InvitationForm(RoleForm):
    email = forms.EmailField(
        label=_("E-mail address"),
        help_text=_("The invitation works for this address only."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the address of your colleague.")},
    )

    field_order: Iterable[str] = ["email", "role"]
