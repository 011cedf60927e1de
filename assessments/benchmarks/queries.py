"""Which submissions a release counts, and which releases there are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Case, F, FilteredRelation, Q, QuerySet, When

from assessments.answering.models import Assessment, Wave
from assessments.benchmarks.models import BenchmarkRelease, BenchmarkReleaseQuerySet, ReleaseNote
from assessments.disclosure.codes import DIMENSIONS, INDEX, VIEWS
from assessments.disclosure.submissions import Submission
from assessments.questionnaires.models import InstrumentEdition
from portal.vocabulary.codes import region_code


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


Document = dict[str, Any]


# What enters a release


def waves_of_release(wave: Wave) -> list[Wave]:
    """Return the waves whose submissions a release of `wave` holds.

    They are the wave itself and the earlier ones of its kind that closed with too few
    organisations for a release of their own, back to the last one that was released.
    """
    earlier = Wave.objects.filter(
        is_demonstration=wave.is_demonstration, closes_date__lt=wave.closes_date
    ).order_by("-closes_date", "-code")
    waves = [wave]
    for candidate in earlier.prefetch_related("releases"):
        if candidate.releases.all():
            break
        waves.append(candidate)
    return waves


def edition_of_release(waves: Sequence[Wave]) -> InstrumentEdition | None:
    """Return the highest edition among the submissions of some waves, None without any."""
    return (
        InstrumentEdition.objects.filter(
            assessments__wave__in=waves, assessments__submitted_at__isnull=False
        )
        .select_related("instrument")
        .highest_first()
        .first()
    )


def eligible_submissions(
    waves: Sequence[Wave], *, series: str, edition: InstrumentEdition
) -> list[Submission]:
    """Return the submissions that count (R3), one per organisation and respondent type.

    The last submission before the close of its wave counts, if it consents and has not been
    taken back; an earlier one never steps into its place. A market release takes verified
    organisations, a demonstration release synthetic ones, and neither the other. Editions of one
    line are comparable and counted together.
    """
    last: dict[tuple[str, str], tuple[Any, ...]] = {}
    for row in _submitted(waves, series=series, edition=edition).iterator(chunk_size=200):
        if row[_SUBMITTED] < _end_of(row[_CLOSES]):
            key = str(row[_ORGANISATION]), row[_TYPE]
            last.pop(key, None)  # so that the dictionary keeps the order of submission
            last[key] = row
    rows = [row for row in last.values() if row[_CONSENTS] and row[-1] is not None]
    # Of several roles named as the main one, the one submitted last is.
    main = {row[_ORGANISATION]: row[_TYPE] for row in rows if row[_MAIN]}
    submissions = (
        _submission(row, main_role=main.get(row[_ORGANISATION]) == row[_TYPE]) for row in rows
    )
    return [submission for submission in submissions if submission is not None]


_COLUMNS = (
    "organisation_id",
    "respondent_type",
    "submitted_at",
    "wave__closes_date",
    "consents_to_benchmark",
    "is_main_role",
    "region",
    "income_group",
    "market",
    "organisation__name",
    "organisation__ultimate_owner",
    "organisation__adviser",
    "results__document",
)
_ORGANISATION, _TYPE, _SUBMITTED, _CLOSES, _CONSENTS, _MAIN = range(6)


def _submitted(
    waves: Sequence[Wave], *, series: str, edition: InstrumentEdition
) -> QuerySet[Assessment, tuple[Any, ...]]:
    """Return the rows of one query, so ordered that the last one of a key is the one that counts.

    A submission whose answers are erased has a row without a result. Comparable editions are few,
    so their ids are found by their versions within the query.
    """
    demonstration = series == BenchmarkRelease.Series.DEMO
    submissions = Assessment.objects.submitted().filter(
        edition__in=InstrumentEdition.objects.comparable_with(edition),
        wave__in=waves,
        wave__is_demonstration=demonstration,
        organisation__is_demonstration=demonstration,
    )
    if not demonstration:
        submissions = submissions.filter(organisation__verified_at__isnull=False)
    order = ("submitted_at", "results__created_at", "results__pk")
    return submissions.order_by(*order).values_list(*_COLUMNS)


def _end_of(day: Any) -> datetime:
    """Return the moment at which a wave that closes on that day is over."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def _submission(row: tuple[Any, ...], *, main_role: bool) -> Submission | None:
    """Return one row as the benchmark takes it; None if items are unanswered."""
    region, income_group, market, name, owner, adviser, text = row[_MAIN + 1 :]
    document: Document = json.loads(text)
    if document["unanswered"]:
        return None
    counted = _counted_dimensions(document)
    return Submission(
        organisation=str(row[_ORGANISATION]),
        # An organisation that is the owner of others is one owner with them.
        owner=_key(owner) or _key(name),
        adviser=_key(adviser) or None,
        respondent_type=document["cohort_type"],
        region=region_code(region),
        income_group=income_group or None,
        market=market,
        main_role=main_role,
        scores={view: _units(document, view, "score", counted) for view in VIEWS},
        levels={view: _units(document, view, "level", counted) for view in VIEWS},
        minimum_standards_met={
            view: _minimum_standards_met(document, view, counted) for view in VIEWS
        },
    )


def _key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _counted_dimensions(document: Document) -> set[str]:
    """Return the dimensions with enough applicable and known answers to be compared."""
    return {
        code
        for code, coverage in document["coverage"].items()
        if not coverage["low_coverage"] and not coverage["many_dont_know"]
    }


def _units(document: Document, view: str, name: str, counted: set[str]) -> dict[str, Any]:
    """Return the scores or levels of a view by measure, those left out of a measure missing."""
    figures = document["views"][view]
    if figures is None:
        return {}
    units = {**figures["dimensions"], **figures["capabilities"]}
    values = {code: unit[name] for code, unit in units.items() if code[:2] in counted}
    if counted.issuperset(DIMENSIONS):
        values[INDEX] = figures["index" if name == "score" else "level"]
    return values


def _minimum_standards_met(document: Document, view: str, counted: set[str]) -> bool | None:
    """Say whether all minimum standards are met; None unless all dimensions count."""
    figures = document["views"][view]
    if figures is None or figures["index"] is None or not counted.issuperset(DIMENSIONS):
        return None
    standards = figures["minimum_standards"]
    return bool(standards["met"] == standards["of"])


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


def release_document(release: BenchmarkRelease) -> Document:
    """Return the document of a release; a process reads each of the last few once."""
    return document_hashed(release.sha256)


# A release never changes, so its hash is a key under which what it says may be kept.


@lru_cache(maxsize=4)
def text_hashed(sha256: str) -> str:
    """Return the canonical JSON of the release with this hash."""
    return BenchmarkRelease.objects.values_list("document", flat=True).get(sha256=sha256)


@lru_cache(maxsize=4)
def document_hashed(sha256: str) -> Document:
    """Return the document of the release with this hash."""
    document: Document = json.loads(text_hashed(sha256))
    return document


def observations_of(release: Mapping[str, Any], cohort: str) -> Iterator[Mapping[str, Any]]:
    """Yield the observations of one cohort in a release document."""
    return (row for row in release["observations"] if row["cohort"] == cohort)


# What a release is checked for as a whole: differencing, reconstruction, two waves in a row.
CHECKS = ("R6", "R10", "R13")


def checks_not_run(release: Mapping[str, Any]) -> list[str]:
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


def citation(release: Mapping[str, Any], *, address: str) -> str:
    """Return how to cite a release, in words that keep a demonstration recognisable."""
    what = "Demonstration from synthetic organisations" if release["synthetic"] else "Benchmark"
    return (
        f"Carbon Markets Infrastructure portal ({release['published_date'][:4]}). {what}, release "
        f"{release['id']}, revision {release['revision']}. {address}. CC BY 4.0."
    )
