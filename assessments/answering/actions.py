"""Starting an assessment and answering it, and opening the period it is made in.

Each action asks under its lock whether `by` may do it; who may not is refused with `NotAllowed`,
before anything else is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from assessments.answering import access, queries
from assessments.answering.answers import AnswerRefused, GivenAnswer, of_row, refuse_misfit
from assessments.answering.models import Assessment, Response, ResponseEvent, Wave
from assessments.core.engines import engine_of
from assessments.core.instrument import Item
from assessments.core.prerequisites import PrerequisiteRule
from assessments.questionnaires.method import Method
from assessments.questionnaires.models import InstrumentEdition
from portal.accounts.access import belongs, only_of
from portal.accounts.models import MAY_ANSWER, Organisation, User
from portal.vocabulary.codes import AUTHORITY
from portal.vocabulary.countries import VINTAGE, country


class AssessmentRefused(Exception):
    """The assessment cannot be started as asked; the text says why."""


class AlreadyOpen(AssessmentRefused):
    """The organisation has this assessment open already; `assessment` is it."""

    def __init__(self, assessment: Assessment) -> None:
        super().__init__(_("This assessment is open already. Continue where you left off."))
        self.assessment = assessment


class AlreadySubmitted(Exception):
    """The assessment is frozen."""


class NotAsked(Exception):
    """The item is not among those this assessment is asked."""


class Unexplained(AnswerRefused):
    """A rating stands on a prerequisite rated too low to carry it, and no note says why."""

    def __init__(
        self, item: str, rating: int, prerequisites: Sequence[str], *, too_low: str
    ) -> None:
        text = _(
            "Say in the note why {item} is at {rating} while {prerequisites} is at {too_low}."
        ).format(item=item, rating=rating, prerequisites=", ".join(prerequisites), too_low=too_low)
        super().__init__(text, field="note")


class StaleAnswer(Exception):
    """Somebody saved this answer since the page was opened; `current` is what is stored."""

    def __init__(self, current: Response) -> None:
        super().__init__(_("A colleague has changed this answer since you opened it."))
        self.current = current


class _Overtaken(Exception):
    """The stored response is not the one this save builds on, or says the same already."""


@transaction.atomic
def start_assessment(
    *,
    organisation: Organisation,
    edition: InstrumentEdition,
    wave: Wave,
    respondent_type: str,
    operates_registry: bool | None,
    modules: Sequence[str],
    market: str,
    country_code: str,
    size_band: str,
    consents_to_benchmark: bool,
    is_main_role: bool,
    by: User,
    at: datetime,
) -> Assessment:
    """Open an assessment. Region and income group are those of the country in today's list."""
    # Two people may start at once: the row lock on the organisation makes the second one see.
    Organisation.objects.select_for_update().filter(pk=organisation.pk).first()
    own = Organisation.objects.filter(belongs(by, roles=MAY_ANSWER, organisation="pk"))
    organisation = only_of(own, organisation.pk)
    if not wave.opens_date <= at.date() <= wave.closes_date:
        raise AssessmentRefused(
            _("The period {wave} is not open. Choose one that is.").format(wave=wave.title)
        )
    if wave.is_demonstration != organisation.is_demonstration:
        raise AssessmentRefused(
            _("Demonstration organisations answer in demonstration periods, and only they do.")
        )
    known = [dimension.code for dimension in edition.content.dimensions]
    chosen = [code for code in known if code in modules]
    if not chosen:
        raise AssessmentRefused(_("Choose at least one questionnaire."))
    place = country(country_code)
    duplicate = Assessment.objects.open().filter(
        organisation=organisation, respondent_type=respondent_type, edition=edition, wave=wave
    )
    if existing := duplicate.first():
        raise AlreadyOpen(existing)
    return Assessment.objects.create(
        organisation=organisation,
        edition=edition,
        wave=wave,
        respondent_type=respondent_type,
        operates_registry=operates_registry if respondent_type == AUTHORITY else None,
        modules=chosen,
        market=market,
        country=place.iso2,
        country_vintage=VINTAGE,
        region=place.region,
        income_group=place.income_group,
        size_band=size_band,
        consents_to_benchmark=consents_to_benchmark,
        is_main_role=is_main_role,
        created_by=by,
        created_at=at,
    )


def save_response(
    *,
    assessment: Assessment,
    item: str,
    answer: GivenAnswer,
    by: User,
    at: datetime,
    base_version: int | None,
) -> int:
    """Store one answer and its event, and return the version of what is stored.

    `base_version` is the version the person saw (0: none). A save on top of a newer version
    raises `StaleAnswer`; None builds on whatever is stored. What says the same already is left
    alone. An item outside the chosen questionnaires, or not asked of the respondent's type,
    raises `NotAsked`.
    """
    try:
        return _store(assessment, item, answer, by=by, at=at, base_version=base_version)
    except (_Overtaken, IntegrityError):
        stored = Response.objects.filter(assessment=assessment, item=item)
        current = stored.select_related("updated_by").first()
        if current is None:
            raise
        if of_row(current) == answer:
            return current.version
        raise StaleAnswer(current) from None


@transaction.atomic
def _store(
    assessment: Assessment,
    item: str,
    answer: GivenAnswer,
    *,
    by: User,
    at: datetime,
    base_version: int | None,
) -> int:
    """Write first and ask afterwards: the row's version and its uniqueness are the guard."""
    assessment = _locked_to_answer(assessment, item, answer, by=by)
    values = answer.columns
    stored = Response.objects.filter(assessment=assessment, item=item)
    if base_version is None:
        base_version = stored.values_list("version", flat=True).first() or 0
    written = {**values, "version": base_version + 1, "updated_by": by, "updated_at": at}
    if not base_version:
        Response.objects.create(assessment=assessment, item=item, **written)
    elif not stored.filter(version=base_version).exclude(**values).update(**written):
        raise _Overtaken
    ResponseEvent.objects.create(
        assessment=assessment,
        item=item,
        version=base_version + 1,
        answer=values,
        by=by,
        at=at,
    )
    return base_version + 1


def _locked_to_answer(
    assessment: Assessment, code: str, answer: GivenAnswer, *, by: User
) -> Assessment:
    """Return the assessment with its row locked; refuse an answer that may not be stored.

    The lock orders this save against a submission and colleagues' saves.
    """
    locked = only_of(_rows_to_answer(by, assessment, code, answer), assessment.pk)
    item = queries.items_of(locked).get(code)
    if item is None:
        raise NotAsked(_("{item} is not asked in this assessment.").format(item=code))
    if locked.submitted_at:
        raise AlreadySubmitted(_("This assessment is submitted; its answers no longer change."))
    refuse_misfit(item, answer, instrument=locked.edition.content)
    if getattr(locked, "is_unexplained", False):
        rule = engine_of(locked.edition.content).prerequisites
        unmet = unmet_rows(rule, item).filter(assessment=locked)
        codes = unmet.order_by("item").values_list("item", flat=True)
        too_low = Method(locked.edition.content).too_low
        raise Unexplained(code, answer.rating or 0, list(codes), too_low=too_low)
    return locked


def _rows_to_answer(
    by: User, assessment: Assessment, code: str, answer: GivenAnswer
) -> QuerySet[Assessment]:
    """Return the assessments that `by` may answer, to be locked and judged by one statement."""
    rows = access.assessments_for(by, roles=MAY_ANSWER).select_for_update(of=("self",))
    rows = rows.select_related("edition").only(
        "submitted_at", "respondent_type", "operates_registry", "modules", "edition__sha256"
    )
    instrument = assessment.edition.content
    item, rule = instrument.items.get(code), engine_of(instrument).prerequisites
    if item and rule.is_claim(item, answer.rating) and not answer.note:
        unmet = unmet_rows(rule, item).filter(assessment=OuterRef("pk"))
        rows = rows.annotate(is_unexplained=Exists(unmet))
    return rows


def unmet_rows(rule: PrerequisiteRule, item: Item) -> QuerySet[Response]:
    """Return the responses to the item's prerequisites that `rule.unmet` would name.

    The rule in SQL, so that the query that takes the lock answers it too.
    """
    low = Q(rating__lt=rule.carries_from) | Q(dont_know=True)
    return Response.objects.filter(low, item__in=item.depends_on)


def open_wave_of_year(*, on: date) -> Wave:
    """Open the wave of that day's calendar year, which is the default length of a wave.

    A wave an operator has set up for the same year stands as it is.
    """
    wave, _opened = Wave.objects.get_or_create(
        code=f"{on.year}-W1",
        defaults={
            "title": str(on.year),
            "opens_date": date(on.year, 1, 1),
            "closes_date": date(on.year, 12, 31),
        },
    )
    return wave
