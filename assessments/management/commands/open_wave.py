"""Opens the wave of the calendar year."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.timezone import now

from assessments.answering.actions import open_wave_of_year


class Command(BaseCommand):
    help = "Open the wave of the current calendar year; one that is there stays as it is"

    def handle(self, **options: Any) -> str:
        wave = open_wave_of_year(on=now().date())
        return f"{wave.title} is open from {wave.opens_date} to {wave.closes_date}."
