"""Does at the shell what the scheduler does: audits of closed waves, and what is scheduled."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from assessments.answering.models import Wave
from assessments.benchmarks import queries
from assessments.benchmarks.actions import audits, computing, publishing
from assessments.benchmarks.models import BenchmarkRelease, ReleaseCandidate


class Command(BaseCommand):
    help = (
        "Audit the release of a closed wave here and now, or do all that is due. A market release "
        "is then approved by one steward and published by another, at /stewardship/; a "
        "demonstration is published at once"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("wave", nargs="?", help="code of the wave, such as 2026-W1")

    def handle(self, *, wave: str | None, **options: Any) -> str:
        if wave is None:
            published = publishing.publish_due_releases(at=now())
            waiting = [_audited(candidate) for candidate in ReleaseCandidate.objects.due(now())]
            return "\n".join([*map(_sentence, published), *waiting]) or "Nothing is due."
        try:
            row = Wave.objects.get(code=wave)
        except Wave.DoesNotExist:
            known = ", ".join(Wave.objects.values_list("code", flat=True)) or "none yet"
            raise CommandError(f"There is no wave {wave!r}. Known waves: {known}.") from None
        series = computing.series_of(row)
        if release := queries.releases_of(row, series=series).first():
            return _sentence(release)
        try:
            if row.is_demonstration:
                release = publishing.publish_release(wave=row, series=series, at=now())
                return _sentence(release)
            return _audited(audits.queue_candidate(wave=row, by=None, at=now()))
        except computing.ReleaseRefused as exc:
            raise CommandError(str(exc)) from exc


def _audited(candidate: ReleaseCandidate) -> str:
    audits.audit_candidate(candidate_id=candidate.pk, clock=now)
    candidate.refresh_from_db()
    if candidate.state == ReleaseCandidate.State.FAILED:
        raise CommandError(candidate.reason)
    return (
        f"{candidate.wave.code} is audited. One steward approves it and another has it "
        f"published, at /stewardship/candidates/{candidate.pk}/."
    )


def _sentence(release: BenchmarkRelease) -> str:
    return (
        f"{release.code} is published since {release.published_at:%Y-%m-%d}, "
        f"SHA-256 {release.sha256}."
    )
