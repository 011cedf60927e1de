"""The filters of the public pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.vocabulary import names
from publications.models import Origin, Publication

NOT_OFFERED = {"invalid_choice": _("Choose one of the choices offered.")}


class LibraryFilter(forms.Form):
    """What a reader looks for in the library. All of it may be left empty."""

    q = forms.CharField(label=_("Words"), max_length=100, required=False, widget=forms.SearchInput)
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("Any kind")), *Publication.Kind.choices],
        error_messages=NOT_OFFERED,
    )
    origin = forms.ChoiceField(
        label=_("Origin"),
        required=False,
        choices=[
            ("", _("Any origin")),
            (Origin.OFFICIAL, _("Official records")),
            (Origin.COMPANION, _("Companion content")),
        ],
        error_messages=NOT_OFFERED,
    )
    dimension = forms.ChoiceField(
        label=_("Dimension"),
        required=False,
        choices=[("", _("Any dimension")), *names.dimensions()],
        error_messages=NOT_OFFERED,
    )

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data, auto_id="filter_%s")


class RoadmapFilter(forms.Form):
    """Whose actions a reader wants to see."""

    actor = forms.ChoiceField(
        label=_("Actions for"),
        required=False,
        choices=[("", _("Everyone")), *names.respondent_types()],
        error_messages=NOT_OFFERED,
    )

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data, auto_id="filter_%s")
