"""How answers become scores, levels and benchmarks: the rules of the current edition."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from assessments.benchmarks import codes
from assessments.benchmarks.precision import THRESHOLDS
from assessments.disclosure import thresholds
from assessments.disclosure.release import RULES, RULES_OF_THE_AUDIT
from assessments.questionnaires import queries
from assessments.questionnaires.method import Method
from portal.web.pages import public_page


@dataclass(frozen=True, slots=True)
class Shown:
    """The edition whose method is shown; None before one is loaded."""

    edition: queries.EditionToRead | None

    @property
    def version(self) -> str:
        return self.edition.sha256 if self.edition else "none"


def _current() -> Shown:
    return Shown(queries.edition_to_read())


@public_page(_current)
def method(request: HttpRequest, found: Shown) -> HttpResponse:
    instrument = found.edition.content if found.edition else None
    context = {
        "edition": found.edition,
        "instrument": instrument,
        "method": Method(instrument) if instrument else None,
        "rules": RULES + RULES_OF_THE_AUDIT,
        "n_bands": [codes.n_words(band, None) for band in thresholds.N_BANDS],
        "thresholds": THRESHOLDS,
        "contents": [
            {"anchor": anchor, "title": title}
            for anchor, title in (
                ("levels", _("Levels")),
                ("evidence", _("Evidence and the three views")),
                ("scores", _("From answers to scores")),
                ("gates", _("Minimum standards and the level")),
                ("gaps", _("What is not answered or does not apply")),
                ("sensitivity", _("How firm a result is")),
                ("benchmarks", _("Benchmark rules")),
                ("figures", _("How benchmark figures are made")),
                ("standing", _("With whom you are compared")),
            )
        ],
    }
    return render(request, "benchmarks/method.html", context)
