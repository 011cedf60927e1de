"""The wave of the calendar year."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import call_command

from assessments.answering.actions import open_wave_of_year
from assessments.answering.models import Wave

pytestmark = pytest.mark.django_db


def test_a_year_has_one_wave_however_often_it_is_opened() -> None:
    first = open_wave_of_year(on=dt.date(2027, 2, 1))
    again = open_wave_of_year(on=dt.date(2027, 12, 31))

    assert first == again
    assert (first.code, first.opens_date, first.closes_date, first.is_demonstration) == (
        "2027-W1",
        dt.date(2027, 1, 1),
        dt.date(2027, 12, 31),
        False,
    )


def test_a_wave_an_operator_has_set_up_stands() -> None:
    Wave.objects.create(
        code="2027-W1",
        title="First half of 2027",
        opens_date=dt.date(2027, 1, 1),
        closes_date=dt.date(2027, 6, 30),
    )

    assert open_wave_of_year(on=dt.date(2027, 3, 1)).title == "First half of 2027"


def test_the_command_opens_a_wave_to_answer_in() -> None:
    call_command("open_wave")

    assert Wave.objects.open(on=dt.datetime.now(dt.UTC).date()).count() == 1
