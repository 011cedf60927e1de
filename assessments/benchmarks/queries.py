"""Which releases there are, and what they say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Case, F, FilteredRelation, Q, QuerySet, When

from assessments.answering.models import Assessment, Wave
from assessments.benchmarks.models import BenchmarkRelease, BenchmarkReleaseQuerySet, ReleaseNote
from assessments.disclosure import document as documents
from assessments.disclosure.document import Observation, ReleaseDocument
from assessments.questionnaires.models import InstrumentEdition


def release_for(assessment: Assessment) -> BenchmarkRelease | None:
    """Return the newest release this assessment may be compared with, None before the first.

    It is not withdrawn and of a comparable edition. Demonstration organisations see the
    demonstration series and everyone else the market's.
    """
    series = (
        BenchmarkRelease.Series.DEMO
        if assessment.organisation.is_demonstration
        else BenchmarkRelease.Series.MARKET
    )
    releases = (
        BenchmarkRelease.objects.of_series(series).not_withdrawn().select_related("wave", "edition")
    )
    comparable = releases.filter(
        edition__in=InstrumentEdition.objects.comparable_with(assessment.edition)
    )
    return comparable.defer("document", "edition__document").first()


# What releases say


def releases_of(wave: Wave, *, series: str) -> QuerySet[BenchmarkRelease]:
    """Return the releases of a wave without their documents, the last revision first."""
    releases = BenchmarkRelease.objects.filter(wave=wave, series=series)
    return releases.defer("document").order_by("-revision")


def revisions_after(release: BenchmarkRelease) -> BenchmarkReleaseQuerySet:
    """Return the later revisions of a release without their documents, the next one first."""
    later = BenchmarkRelease.objects.filter(wave=release.wave_id, series=release.series)
    return later.filter(revision__gt=release.revision).defer("document").order_by("revision")


def latest_release(series: str) -> BenchmarkRelease | None:
    """Return the newest release of a series that is not withdrawn, without its document."""
    releases = BenchmarkRelease.objects.of_series(series).not_withdrawn()
    return releases.select_related("wave").defer("document").first()


def current_release() -> BenchmarkRelease | None:
    """Return the release that public pages show, without its document.

    It is the market's newest that is not withdrawn, and until there is one the demonstration's.
    """
    return (
        BenchmarkRelease.objects.not_withdrawn()
        .select_related("wave", "edition__instrument")
        .defer("document", "edition__document")
        .order_by(*CURRENT_FIRST)
        .first()
    )


def current_release_code() -> str | None:
    """Return the code of the current release, for commands that name one."""
    release = current_release()
    return release.code if release else None


def release_before(release: BenchmarkRelease) -> BenchmarkRelease | None:
    """Return the last comparable release of an earlier wave of the series, if there is one.

    It is not withdrawn, and of an edition whose figures mean the same.
    """
    return (
        BenchmarkRelease.objects.not_withdrawn()
        .filter(
            edition__in=InstrumentEdition.objects.comparable_with(release.edition),
            series=release.series,
            wave__closes_date__lt=release.wave.closes_date,
        )
        .select_related("wave")
        .defer("document")
        .order_by("-wave__closes_date", "-revision")
        .first()
    )


CURRENT_FIRST = (
    Case(When(series=BenchmarkRelease.Series.MARKET, then=0), default=1),
    "-published_at",
    "-wave__closes_date",
    "-revision",
)


def release_document(release: BenchmarkRelease) -> ReleaseDocument:
    """Return the document of a release; a process reads each of the last few once."""
    return document_hashed(release.sha256)


# A release never changes, so its hash is a key under which what it says may be kept.


@lru_cache(maxsize=4)
def text_hashed(sha256: str) -> str:
    """Return the canonical JSON of the release with this hash."""
    return BenchmarkRelease.objects.values_list("document", flat=True).get(sha256=sha256)


@lru_cache(maxsize=4)
def document_hashed(sha256: str) -> ReleaseDocument:
    """Return the document of the release with this hash."""
    return documents.parse(text_hashed(sha256))


def observations_of(release: ReleaseDocument, cohort: str) -> Iterator[Observation]:
    """Yield the observations of one cohort in a release document."""
    return (row for row in release["observations"] if row["cohort"] == cohort)


# What a release is checked for as a whole: differencing, reconstruction, two waves in a row.
CHECKS = ("R6", "R10", "R13")


def checks_not_run(release: ReleaseDocument) -> list[str]:
    """Return the checks of a whole release that this one does not say it has passed."""
    return checks_missing(rule["rule"] for rule in release["rules"])


def checks_missing(rules: Iterable[str]) -> list[str]:
    followed = set(rules)
    return [check for check in CHECKS if check not in followed]


@dataclass(frozen=True, slots=True)
class Note:
    """What has been said of a release since it was published, as everybody may read it."""

    release: str
    kind: str  # of ReleaseNote.Kind
    text: str
    date: date

    @property
    def label(self) -> str:
        return str(ReleaseNote.Kind(self.kind).label)


def notes_of(release: BenchmarkRelease) -> tuple[Note, ...]:
    """Return what two stewards have said of a release, the earliest first."""
    said = [(each.confirmed_at, each) for each in release.notes.all() if each.confirmed_at]
    return tuple(
        Note(release.code, each.kind, each.text, at.date())
        for at, each in sorted(said, key=lambda pair: (pair[0], pair[1].pk))
    )


def state_of(notes: Iterable[Note]) -> str:
    """Return what has become of a release: it stands, is revised by another, or is withdrawn."""
    kinds = {note.kind for note in notes}
    if ReleaseNote.Kind.TOMBSTONE in kinds:
        return "withdrawn"
    return "revised" if ReleaseNote.Kind.REVISION in kinds else "standing"


@dataclass(frozen=True, slots=True)
class Current:
    """The release that public pages show, and that of the wave before it, without documents.

    `notes` are all that has been said of the releases of its series, and of the market's even
    where all of these are withdrawn.
    """

    release: BenchmarkRelease | None
    before: BenchmarkRelease | None
    notes: tuple[Note, ...]

    @property
    def version(self) -> str:
        """What a page made of these is confirmed by."""
        hashes = [each.sha256 for each in (self.release, self.before) if each]
        return repr((hashes, self.notes))


def current_releases_and_notes() -> Current:
    """Return what public pages show of the benchmark, in one query."""
    confirmed = FilteredRelation("notes", condition=Q(notes__confirmed_at__isnull=False))
    rows = (
        BenchmarkRelease.objects.select_related("wave", "edition__instrument")
        .defer("document", "edition__document")
        .annotate(said=confirmed)
        .annotate(
            note_kind=F("said__kind"), note_text=F("said__text"), note_at=F("said__confirmed_at")
        )
        .order_by(*CURRENT_FIRST, "said__confirmed_at", "said__pk")
    )
    found: list[Any] = list(rows)  # each with the note that the query adds to it
    gone = {row.pk for row in found if row.note_kind == ReleaseNote.Kind.TOMBSTONE}
    remaining = [row for row in found if row.pk not in gone]
    current = remaining[0] if remaining else None
    series = {BenchmarkRelease.Series.MARKET.value, current.series if current else ""}
    notes = tuple(
        Note(row.code, row.note_kind, row.note_text, row.note_at.date())
        for row in found
        if row.note_kind and row.series in series
    )
    return Current(current, _before(current, remaining) if current else None, notes)


def _before(
    release: BenchmarkRelease, among: Iterable[BenchmarkRelease]
) -> BenchmarkRelease | None:
    """Return what `release_before` does, of releases at hand."""
    earlier = [
        row
        for row in among
        if row.series == release.series
        and row.wave.closes_date < release.wave.closes_date
        and row.edition.is_comparable_with(release.edition)
    ]
    return max(earlier, key=lambda row: (row.wave.closes_date, row.revision), default=None)


def citation(release: ReleaseDocument, *, address: str) -> str:
    """Return how to cite a release, in words that keep a demonstration recognisable."""
    what = "Demonstration from synthetic organisations" if release["synthetic"] else "Benchmark"
    return (
        f"Carbon Markets Infrastructure portal ({release['published_date'][:4]}). {what}, release "
        f"{release['id']}, revision {release['revision']}. {address}. CC BY 4.0."
    )
