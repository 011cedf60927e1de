"""What the gallery's components show: sample rows, a form and their texts, in English alone."""

from __future__ import annotations

from django import forms

from portal.web import charts

LEVELS = [(str(n), f"{n} {name}") for n, name in enumerate(charts.LEVEL_NAMES)]
ANCHORS = {
    "0": "Users share accounts, or sign in with a password alone.",
    "1": "Some administrators use a second factor by their own choice.",
    "2": "An approved rule demands a second factor for every account that can change a record.",
    "3": "Every such account signs in with two factors; the coverage report of the last 12 months "
    "shows no unexplained exception.",
    "4": "As 3, and an independent test within 24 months confirmed it and its findings are closed.",
}

TEXTS = {
    "lead": "Nine recommendations for anyone whose system holds the record of who owns a tonne.",
    "positions": "Figures would move by up to 6 points with another, similar set of participants.",
    "citation": "Carbon Markets Infrastructure portal. Companion note: Information security. "
    "Edition 1, 2026.",
}


class GalleryForm(forms.Form):
    name = forms.CharField(label="Name of the organisation", help_text="As in the public register")
    country = forms.ChoiceField(label="Country", choices=[("", "Choose"), ("KE", "Kenya")])
    note = forms.CharField(label="Note", widget=forms.Textarea, required=False)
    level = forms.ChoiceField(label="Level", choices=LEVELS, widget=forms.RadioSelect)
    modules = forms.MultipleChoiceField(
        label="Questionnaires",
        choices=[("EG", "Ecosystem governance"), ("IS", "Information security")],
        widget=forms.CheckboxSelectMultiple,
    )
    agree = forms.BooleanField(label="I may answer for this organisation")


POSITIONS = [
    charts.Position(
        label="Legal basis and mandate", code="EG1", score=75.0, q1=45, median=60, q3=70,
        n_band="20–29",
    ),
    charts.Position(
        label="Board oversight and accountability", code="EG2", score=52.0, q1=40, median=50,
        q3=65, n_band="20–29", uncertain=True,
    ),
    charts.Position(
        label="Independence and conflicts of interest", code="EG3", score=18.0, q1=30, median=45,
        q3=60, n_band="15–19",
    ),
    charts.Position(label="Rulemaking and transparency", code="EG4", score=None, q1=30, median=45,
                    q3=60, n_band="15–19"),
    charts.Position(label="Grievance, oversight and coordination", code="EG5", score=100.0),
]  # fmt: skip
BANDS: list[dict[str, object]] = [
    {"label": "Overall index", "q1": 40, "median": 55, "q3": 65, "n": "45–99", "half_width": 6},
    {"label": "Digital MRV", "code": "DM", "q1": None, "median": None, "q3": None},
]
CODES = [("IS2.1", "/q/IS2.1"), ("IS2.2", "/q/IS2.2")]
PROFILE = [
    charts.ProfileBar(label="Ecosystem governance", code="EG", score=70.1786, level=3,
                      level_name="Established"),
    charts.ProfileBar(label="Transaction integrity", code="TI", score=81.2, level=3,
                      level_name="Established", cap=3),
    charts.ProfileBar(label="Information security", code="IS", score=76.9, level=3,
                      level_name="Established"),
    charts.ProfileBar(label="Interoperability", code="IN", score=61.2, level=2,
                      level_name="Defined", cap=2),
    charts.ProfileBar(label="Digital MRV", code="DM", score=None, level=None),
]  # fmt: skip
RANGES = [
    charts.Range(label="Another value map", value=66.3665, low=66.3665, high=70.2),
    charts.Range(label="Equal weights", value=66.3665, low=60.1, high=66.3665),
    charts.Range(label="Leaving out one capability", value=66.3665, low=65.4, high=68.0,
                 note="lowest without EG1"),
]  # fmt: skip
GAPS = [
    charts.Gap(label="Legal basis and mandate", code="EG1", points=-15, shown="−15"),
    charts.Gap(label="Rulemaking", code="EG4", points=4, shown="+4", uncertain=True),
    charts.Gap(label="Grievance", code="EG5", points=None, shown="–"),
]
SLOPES = [
    charts.Slope(label="Overall index", before=55, before_half=9, after=60, after_half=8,
                 words="no difference that these figures can tell", is_clear=False),
    charts.Slope(label="Digital MRV", code="DM", before=40, before_half=9, after=62, after_half=7,
                 words="higher", is_clear=True),
    charts.Slope(label="Interoperability", code="IN", before=40, before_half=9, after=None,
                 after_half=None, words="no material change", is_clear=False),
]  # fmt: skip
HEAT: list[charts.HeatRow | dict[str, object]] = [
    {"label": "Registries", "note": "45–99", "url": "/?a", "is_current": True,
     "cells": [10, 35, 55, 70, 90, None]},
    charts.HeatRow(label="Ecosystem governance", code="EG",
                   cells=[charts.HeatCell(value=70.25, label="EG1")] * 6),
]  # fmt: skip
