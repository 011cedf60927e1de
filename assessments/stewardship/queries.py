"""What stewards see: numbers of an open wave rounded down, candidates, organisations by name.

No answer, score or result of anybody leaves this module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from assessments.answering.models import Wave
from assessments.benchmarks import codes
from assessments.benchmarks.models import BenchmarkRelease, ReleaseCandidate, ReleaseNote
from assessments.disclosure.codes import LEVELS
from assessments.disclosure.document import CandidateDocument
from assessments.disclosure.thresholds import COARSENING_LEVELS
from assessments.webhooks.models import WebhookDelivery, WebhookSubscription
from portal.accounts.models import Organisation
from portal.vocabulary import names

PARTICIPATION_STEP = 10
COARSENED_WORDS = dict(
    zip(
        COARSENING_LEVELS[1:],
        (
            _("Rounded twice as coarsely"),
            _("Without counts by level"),
            _("Withheld: low variation"),
        ),
        strict=True,
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveRow:
    """A wave; organisations that began and that submitted, rounded down to 10."""

    wave: Wave
    began: int
    submitted: int
    is_open: bool
    candidate: ReleaseCandidate | None
    release: BenchmarkRelease | None


def waves_for_stewards(*, on: date) -> list[WaveRow]:
    """Return the waves that have begun, the market's before the demonstration's, newest first."""
    candidates = ReleaseCandidate.objects.unpublished().defer("document", "audit")
    releases = BenchmarkRelease.objects.defer("document").order_by("-revision")
    waves = (
        Wave.objects.filter(opens_date__lte=on)
        .annotate(
            began=Count("assessments__organisation", distinct=True),
            submitted=Count(
                "assessments__organisation",
                distinct=True,
                filter=Q(assessments__submitted_at__isnull=False),
            ),
        )
        .prefetch_related(
            Prefetch("candidates", candidates, to_attr="unpublished"),
            Prefetch("releases", releases, to_attr="published"),
        )
        .order_by("is_demonstration", "-opens_date", "code")
    )
    return [_row(wave, on=on) for wave in waves]


def _row(wave: Any, *, on: date) -> WaveRow:  # with what the query above adds to a wave
    return WaveRow(
        wave=wave,
        began=rounded_down(wave.began),
        submitted=rounded_down(wave.submitted),
        is_open=wave.closes_date >= on,
        candidate=next(iter(wave.unpublished), None),
        release=next(iter(wave.published), None),
    )


def rounded_down(number: int) -> int:
    """Return a number as R1 lets it out of an open wave."""
    return number // PARTICIPATION_STEP * PARTICIPATION_STEP


def organisations_to_verify() -> QuerySet[Organisation]:
    """Return the real organisations that are not verified, those that wait longest first."""
    waiting = Organisation.objects.filter(verified_at=None, is_demonstration=False)
    return waiting.order_by("created_at", "pk")


def verified_organisations() -> QuerySet[Organisation]:
    verified = Organisation.objects.filter(verified_at__isnull=False, is_demonstration=False)
    return verified.order_by("name", "pk")


def releases_for_stewards() -> QuerySet[BenchmarkRelease]:
    """Return every release with what was said or is proposed of it, the newest first."""
    notes = ReleaseNote.objects.select_related("proposed_by", "confirmed_by")
    return (
        BenchmarkRelease.objects.defer("document")
        .select_related("wave")
        .prefetch_related(Prefetch("notes", notes))
        .order_by("-series", "-published_at", "-revision")
    )


def subscriptions() -> QuerySet[WebhookSubscription]:
    """Return every subscription with what became of its deliveries, without its secret."""
    failed = Q(deliveries__state=WebhookDelivery.State.FAILED)
    done = Q(deliveries__state=WebhookDelivery.State.DELIVERED)
    return WebhookSubscription.objects.defer("secret").annotate(
        delivered=Count("deliveries", filter=done), failed=Count("deliveries", filter=failed)
    )


def cohort_counts(document: CandidateDocument) -> dict[str, int]:
    """Return how many cohorts of a candidate are published and how many are withheld."""
    states: Sequence[str] = [cohort["status"] for cohort in document["cohorts"]]
    return {state: states.count(state) for state in ("published", "withheld")}


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A figure that was coarsened or withheld, in words."""

    label: str
    measure: str
    view: str
    became: str
    rule: str


def audit_in_words(findings: Mapping[str, Any]) -> dict[str, Any]:
    """Return an audit report as a page shows it: outcomes, and possible levels in per cent."""
    if "coarsened" not in findings:
        return {}
    coarsened = [
        AuditRow(
            codes.cohort_label(entry["cohort"]),
            entry["measure"],
            str(names.VIEWS[entry["view"]]),
            str(COARSENED_WORDS[entry["rung"]]),
            entry["rule"],
        )
        for entry in findings["coarsened"]
    ]
    became = [row.became for row in coarsened]
    return {
        "coarsened": coarsened,
        "outcomes": [(str(words), became.count(str(words))) for words in COARSENED_WORDS.values()],
        "level_numbers": range(1, LEVELS + 1),
        "possible": [
            (insiders, _shares(counts)) for insiders, counts in findings["possible_levels"].items()
        ],
    }


def _shares(counts: Mapping[str, int]) -> list[str]:
    total = sum(counts.values()) or 1
    shares = (100 * counts.get(str(number), 0) / total for number in range(1, LEVELS + 1))
    return [f"{share:.0f} %" for share in shares]
