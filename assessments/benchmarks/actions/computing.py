"""What a release is computed from, the document it becomes, and whether it may appear at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from assessments.answering.models import Wave
from assessments.benchmarks import eligibility, queries
from assessments.benchmarks.models import BenchmarkRelease, ReleaseCandidate, ReleaseMember
from assessments.core.documents import canonical_json
from assessments.disclosure import release as disclosure_release
from assessments.disclosure import release_audit, revisions, thresholds
from assessments.disclosure.cohorts import protected_cohorts
from assessments.disclosure.document import parse
from assessments.disclosure.submissions import Submission, Submissions
from assessments.questionnaires.models import InstrumentEdition


class ReleaseRefused(Exception):
    """The release may not be published (yet); the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a release is computed from; it is held in memory and never stored."""

    edition: InstrumentEdition
    submissions: Sequence[Submission]

    @property
    def sha256(self) -> str:
        """A hash that changes with any of the submissions."""
        units = sorted(_digest(submission) for submission in self.submissions)
        return hashlib.sha256("\n".join(units).encode()).hexdigest()


def series_of(wave: Wave) -> str:
    return BenchmarkRelease.Series.DEMO if wave.is_demonstration else BenchmarkRelease.Series.MARKET


def due_date(wave: Wave) -> date:
    """Return the first day on which the release of a wave may appear."""
    days = 1 if wave.is_demonstration else disclosure_release.DAYS_FROM_CLOSE
    return wave.closes_date + timedelta(days=days)


def members_of(counted: Counted) -> list[revisions.Member]:
    """Return who is counted in which groups, as far as membership decides."""
    columns = Submissions.from_rows(counted.submissions)
    groups: list[set[str]] = [set() for _each in counted.submissions]
    for cohort in protected_cohorts(columns):
        for row in cohort.rows if cohort.rows is not None else ():
            groups[int(row)].add(cohort.id)
    return [
        revisions.Member(
            organisation=submission.organisation,
            respondent_type=submission.respondent_type,
            cohorts=frozenset(cohorts),
            digest=_digest(submission),
        )
        for submission, cohorts in zip(counted.submissions, groups, strict=True)
    ]


def _digest(submission: Submission) -> str:
    values = [getattr(submission, field.name) for field in fields(submission)]
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def refuse_small_change(candidate: ReleaseCandidate, counted: Counted) -> None:
    """Refuse a revision from which, less what it revises, figures about a few could be had."""
    if candidate.revision == 1:
        return
    before = [
        revisions.Member(
            organisation=str(row.organisation),
            respondent_type=row.respondent_type,
            cohorts=frozenset(row.cohorts),
            digest=row.digest,
        )
        for row in ReleaseMember.objects.filter(
            release__wave=candidate.wave, release__revision=candidate.revision - 1
        )
    ]
    after = members_of(counted)
    if not before:
        raise ReleaseRefused(_("It is no longer known who was counted, so nothing can be revised."))
    if not revisions.changed_organisations(before, after):
        raise ReleaseRefused(_("Nothing has changed, so there is nothing to revise."))
    if few := revisions.too_few_changed(before, after):
        raise ReleaseRefused(
            _(
                "In {cohorts} of the groups that would change, fewer than {least} organisations "
                "have. Publish an erratum in words, or withdraw the release."
            ).format(cohorts=len(few), least=thresholds.MIN_ORGANISATIONS)
        )


def count(wave: Wave) -> Counted:
    """Return what the release of a wave would count, or refuse."""
    series = series_of(wave)
    waves = eligibility.waves_of_release(wave)
    earlier = waves[1:]
    if _organisations(_eligible(earlier, series)[1]) >= thresholds.MIN_ORGANISATIONS:
        raise ReleaseRefused(
            _("{earlier} is due and not released yet. Release it before {wave}.").format(
                earlier=earlier[0].code, wave=wave.code
            )
        )
    edition, submissions = _eligible(waves, series)
    if edition is None or _organisations(submissions) < thresholds.MIN_ORGANISATIONS:
        raise ReleaseRefused(
            _(
                "{wave} has fewer than {least} organisations that may be counted. No release is "
                "published; the submissions move, unread, into the next one."
            ).format(wave=wave.code, least=thresholds.MIN_ORGANISATIONS)
        )
    return Counted(edition=edition, submissions=submissions)


def wave_before(wave: Wave) -> release_audit.Wave | None:
    """Return the last released wave, as an attacker would hold it against this one."""
    earlier = BenchmarkRelease.objects.of_series(series_of(wave)).filter(
        wave__closes_date__lt=wave.closes_date
    )
    last = earlier.order_by("-wave__closes_date", "-revision").select_related("wave").first()
    if last is None:
        return None
    waves = eligibility.waves_of_release(last.wave)
    submissions = eligibility.eligible_submissions(waves, series=last.series, edition=last.edition)
    return release_audit.Wave(submissions=submissions, document=parse(last.document))


def values_of(
    wave: Wave,
    counted: Counted,
    *,
    report: dict[str, Any] | None,
    revision_number: int,
    at: datetime,
) -> dict[str, Any]:
    """Return what a candidate keeps: the document but for its day, and the audit report."""
    suffix = f"-r{revision_number}" if revision_number > 1 else ""
    edition = counted.edition
    try:
        document = disclosure_release.build_release(
            counted.submissions,
            release_id=f"{wave.code}{suffix}",
            series=series_of(wave),
            wave=wave.code,
            instrument={
                "code": edition.instrument.code,
                "version": edition.version,
                "sha256": edition.sha256,
            },
            scoring=edition.content.scale.engine,
            closed_date=wave.closes_date,
            published_date=max(at.date(), due_date(wave)),
            revision=f"r{revision_number}",
            audit=report,
        )
    except disclosure_release.ReleaseRefused as exc:
        raise ReleaseRefused(str(exc)) from exc
    undated = {key: value for key, value in document.items() if key != "published_date"}
    audit = canonical_json(report or {"left_out": "synthetic organisations"})
    return {
        "document": canonical_json(undated).decode(),
        "audit": audit.decode(),
        "audit_sha256": hashlib.sha256(audit).hexdigest(),
        "input_sha256": counted.sha256,
        "audited_at": at,
    }


def _eligible(
    waves: Sequence[Wave], series: str
) -> tuple[InstrumentEdition | None, list[Submission]]:
    edition = eligibility.edition_of_release(waves) if waves else None
    if edition is None:
        return None, []
    return edition, eligibility.eligible_submissions(waves, series=series, edition=edition)


def _organisations(submissions: Sequence[Submission]) -> int:
    return len({submission.organisation for submission in submissions})


def refuse_open(wave: Wave, today: date) -> None:
    if today <= wave.closes_date:
        raise ReleaseRefused(
            _(
                "{wave} is open until {closes}. Nothing is published about an open period; "
                "come back on {due}."
            ).format(
                wave=wave.code,
                closes=wave.closes_date.isoformat(),
                due=due_date(wave).isoformat(),
            )
        )
    if taken := later_release(wave):
        raise ReleaseRefused(
            _(
                "The submissions of {wave} have moved into {release}. "
                "Each submission enters one release only."
            ).format(wave=wave.code, release=taken.code)
        )


def refuse_untimely(wave: Wave, today: date, *, is_revision: bool = False) -> None:
    refuse_open(wave, today)
    due = due_date(wave)
    if today < due:
        raise ReleaseRefused(
            _("{wave} closed on {closes}; its release may appear from {due} on.").format(
                wave=wave.code, closes=wave.closes_date.isoformat(), due=due.isoformat()
            )
        )
    if not is_revision and queries.releases_of(wave, series=series_of(wave)).exists():
        raise ReleaseRefused(_("{wave} is published already.").format(wave=wave.code))


def later_release(wave: Wave) -> BenchmarkRelease | None:
    """Return a release of a later wave, into which the submissions of this one have moved."""
    later = BenchmarkRelease.objects.filter(
        series=series_of(wave), wave__closes_date__gt=wave.closes_date
    )
    return later.defer("document").order_by("wave__closes_date").first()
