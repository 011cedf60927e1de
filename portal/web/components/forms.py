"""The parts of a form: errors, fields, radio groups and buttons."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect

from portal.web.components.props import Props, one_of

register = template.Library()


@register.inclusion_tag("components/error_summary.html")
def error_summary(*, form: BaseForm) -> Props:
    """All errors of a form at its head, each linked to its field. Nothing when there are none."""
    linked = [
        (form[name], message)
        for name, messages in form.errors.items()
        if name in form.fields
        for message in messages
    ]
    return {"linked": linked, "general": form.non_field_errors()}


def _described(field: BoundField, hint: object) -> str:
    """Return the ids of the texts that explain the input, as `aria-describedby` names them."""
    texts = ((f"{field.auto_id}_hint", hint), (f"{field.auto_id}_error", field.errors))
    return " ".join(name for name, text in texts if text)


@register.inclusion_tag("components/field.html")
def field(*, field: BoundField, label: str = "", hint: str = "", optional: bool = False) -> Props:
    """A label, a hint, the errors and the input, tied together for screen readers.

    Radio buttons and checkbox lists become a fieldset with a legend.
    """
    hint_text = hint or field.help_text
    described = _described(field, hint_text)
    grouped = isinstance(field.field.widget, RadioSelect | CheckboxSelectMultiple)
    # A placeholder says again what the label says, and is gone when it is needed.
    attrs: dict[str, str | bool] = {
        "aria-describedby": described or False,
        "placeholder": False,
    }
    return {
        "field": field,
        "label": label or field.label,
        "hint": hint_text,
        "optional": optional,
        "described": described,
        "grouped": grouped,
        "options": [(option, "") for option in field] if grouped else [],
        "single_box": isinstance(field.field.widget, CheckboxInput),
        "widget": "" if grouped else field.as_widget(attrs=attrs),
    }


@register.inclusion_tag("components/field.html")
def radios(
    *,
    field: BoundField,
    legend: str = "",
    hint: str = "",
    descriptions: Mapping[str, str] | None = None,
    heading: bool = False,
) -> Props:
    """A radio group whose options may carry a description, keyed by their value.

    `heading` makes the legend the h1 of a page that asks one question.
    """
    texts = descriptions or {}
    hint_text = hint or field.help_text
    described = _described(field, hint_text)
    return {
        "field": field,
        "label": legend or field.label,
        "hint": hint_text,
        "described": described,
        "grouped": True,
        "heading": heading,
        "options": [(option, texts.get(str(option.data["value"]), "")) for option in field],
    }


@register.inclusion_tag("components/button.html")
def button(
    *,
    text: str,
    href: str = "",
    kind: str = "primary",
    name: str = "",
    value: str = "",
    form: str = "",
    note: str = "",
) -> Props:
    """A button, or a link that looks like one. `note` is read after the text, unseen."""
    return {
        "text": text,
        "href": href,
        "kind": one_of(kind, ("primary", "secondary", "quiet", "warning"), "kind"),
        "name": name,
        "value": value,
        "form": form,
        "note": note,
    }
