"""How far the market has come in each capability, as guidance shows it.

Read from the current benchmark release alone: counts by level of each type of organisation, to
the nearest five. Types with fewer than twenty organisations publish none and are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from django.db.models import Subquery
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assessments.benchmarks.codes import cohort_label
from assessments.benchmarks.models import BenchmarkRelease
from assessments.benchmarks.queries import CURRENT_FIRST, document_hashed
from assessments.core.rounding import half_up
from assessments.disclosure import peers
from assessments.questionnaires.models import content_of
from publications.queries import Uptake

ESTABLISHED = 3  # the level from which a practice is applied across the whole scope, with records


def current_release_hash() -> Subquery:
    """Return the hash of the release that public pages show, for another query to ask along."""
    current = BenchmarkRelease.objects.not_withdrawn().order_by(*CURRENT_FIRST)
    return Subquery(current.values("sha256")[:1])


def measured(sha256: str) -> Mapping[str, Uptake]:
    """Return the uptake by capability in the release with this hash; nothing without one."""
    return _measured(sha256, get_language()) if sha256 else {}


@lru_cache(maxsize=4)
def _measured(sha256: str, language: str | None) -> Mapping[str, Uptake]:
    document = document_hashed(sha256)
    instrument = content_of(document["instrument"]["sha256"])
    titles = {
        capability.code: capability.title
        for dimension in instrument.dimensions
        for capability in dimension.capabilities
    }
    source = document["id"]
    if document["synthetic"]:
        source = _("{release}, a demonstration from synthetic organisations").format(release=source)
    found = {}
    for code in peers.capabilities_in(document):
        reached = peers.reached(document, measure=code, level=ESTABLISHED)
        if reached and code in titles:
            found[code] = Uptake(
                code=code,
                title=titles[code],
                share=reached.share,
                words=_words(reached),
                source=source,
            )
    return found


def _words(reached: peers.Reached) -> str:
    words = _("about {share} % at level {level} or more").format(
        share=reached.share, level=ESTABLISHED
    )
    shares = [
        (half_up(100 * count, of), cohort_label(cohort)) for cohort, count, of in reached.by_type
    ]
    (least, lowest), (most, highest) = min(shares), max(shares)
    if least == most:
        return words
    return _("{words}; most among {highest} ({most} %), least among {lowest} ({least} %)").format(
        words=words, highest=_inside(highest), most=most, lowest=_inside(lowest), least=least
    )


def _inside(label: str) -> str:
    """Return a name as it stands inside a sentence."""
    return label[:1].lower() + label[1:]
