"""The shapes every payload shares. A field that is not listed stays private."""

# mypy: disable-error-code="assignment"
# DRF takes fields off the class, so one called `data` or `label` hides nothing of a serializer.

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.fields import CharField, DictField, IntegerField, ListField, URLField

from assessments.disclosure.release import LICENCE


class Out(serializers.Serializer[Any]):
    """A shape that only goes out."""


def texts(**options: Any) -> ListField:
    return ListField(child=CharField(), **options)


class Payload(Out):
    licence = CharField(help_text=f"SPDX code of the licence: {LICENCE}.")


class Paged(Payload):
    total = IntegerField(help_text="How many entries there are in all.")
    limit = IntegerField()
    offset = IntegerField()
    next = URLField(allow_null=True, help_text="Null on the last page.")
    previous = URLField(allow_null=True)


class IndexOut(Payload):
    title = CharField()
    documentation = URLField()
    schema = URLField()
    resources = DictField(child=URLField())
