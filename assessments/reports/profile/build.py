"""Putting a profile together from its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.answering.answers import GivenAnswer
from assessments.core.instrument import Instrument
from assessments.core.result import OverallTrace, ResultDocument
from assessments.questionnaires.method import Method
from assessments.reports import words
from assessments.reports.numbers import shown
from assessments.reports.profile.comparison import PeerFigures, comparison_of
from assessments.reports.profile.figures import UnitBuilder
from assessments.reports.profile.inputs import Advice, Release, Subject
from assessments.reports.profile.outlook import sensitivity_of, steps_of
from assessments.reports.profile.rows import HeatCell, HeatRow
from assessments.reports.profile.units import AnswerView, DimensionUnit, Figure, Unit
from assessments.reports.profile.values import GradeText, LevelText, Profile

STRONGEST = WEAKEST = 3
WORST_FIRST: Final = {"failed": 0, "partial": 1, "met": 2, "": 3}  # statuses of minimum standards


def build_profile(
    *,
    subject: Subject,
    instrument: Instrument,
    result: ResultDocument,
    result_sha256: str,
    answers: Mapping[str, GivenAnswer],
    release: Release | None,
    before: Release | None,
    advice: Mapping[str, Advice],
) -> Profile:
    """Return everything that is shown of a result.

    `release` is the one it is compared with, `before` that of the wave before it.
    """
    peers = PeerFigures(result, release, region=subject.region)
    builder = UnitBuilder(instrument, result, answers, peers)
    # First, because the cohort of the whole is that of its parts where it can be.
    overall = builder.overall()
    dimensions = tuple(builder.dimension(dimension) for dimension in builder.scope)
    by_score = sorted(
        (unit for each in dimensions for unit in each.capabilities if unit.score is not None),
        key=lambda unit: unit.score or 0.0,
    )
    shown_answers = [answer for dimension in dimensions for answer in dimension.answers]
    return Profile(
        subject=subject,
        type_label=_type_label(instrument, result),
        instrument=instrument.code,
        instrument_title=instrument.title,
        instrument_version=instrument.version,
        instrument_sha256=instrument.sha256,
        companion=instrument.companion,
        engine=result["engine"],
        method=Method(instrument),
        result_sha256=result_sha256,
        is_complete=len(dimensions) == len(instrument.dimensions),
        overall=overall,
        balance_gap=shown(result["views"]["declared"]["balance_gap"]),
        dimensions=dimensions,
        difference=_difference(overall, shown_answers, result),
        confidence=result["confidence"]["value"],
        confidence_band=words.confidence_band(result["confidence"]["band"]),
        strongest=tuple(reversed(by_score[-STRONGEST:])),
        weakest=tuple(by_score[:WEAKEST]),
        minimum_standards=_minimum_standards(shown_answers),
        heat=_heat(dimensions, instrument),
        plan=steps_of(result, instrument, advice, peers),
        sensitivity=sensitivity_of(result, instrument),
        comparison=comparison_of(peers, builder.scope, release, before),
        warnings=tuple(words.warning(each) for each in result["warnings"]),
        levels=_level_texts(instrument),
        grades=tuple(
            GradeText(
                code=grade.code,
                name=grade.name,
                description=grade.description,
                ceiling=grade.ceiling,
            )
            for grade in instrument.evidence_grades
        ),
        unanswered=tuple(result["unanswered"]),
    )


def _type_label(instrument: Instrument, result: ResultDocument) -> str:
    kind = instrument.respondent_types[result["respondent_type"]]
    if result["operates_registry"] is False and kind.without_registry_label:
        return kind.without_registry_label
    return kind.label


def _minimum_standards(answers: Sequence[AnswerView]) -> tuple[AnswerView, ...]:
    return tuple(
        sorted(
            (answer for answer in answers if answer.is_minimum_standard),
            key=lambda answer: (
                WORST_FIRST[answer.status],
                WORST_FIRST[answer.supported_status],
            ),
        )
    )


def _difference(
    overall: Unit, answers: Sequence[AnswerView], result: ResultDocument
) -> tuple[str, ...]:
    """Return why the supported view differs from the declared one."""
    claimed = [answer for answer in answers if answer.declared is not None]
    above = [answer for answer in claimed if not answer.is_carried]
    if not above:
        return (_("The evidence named carries every rating, so both views are the same."),)
    lines = [
        ngettext(
            "{above} of {of} rating is higher than the evidence named for it can carry.",
            "{above} of {of} ratings are higher than the evidence named for them can carry.",
            len(above),
        ).format(above=len(above), of=len(claimed))
    ]
    declared, supported = overall.declared, overall.supported
    if declared.score is not None and supported.score is not None:
        lines.append(
            _("Held to their evidence they give an index of {supported}, not {declared}.").format(
                supported=supported.shown, declared=declared.shown
            )
        )
    if (
        supported.level.number is not None
        and declared.level.number is not None
        and supported.level.number < declared.level.number
    ):
        lines += _what_holds(supported, result["trace"]["supported"]["overall"])
    return tuple(lines)


def _what_holds(figure: Figure, trace: OverallTrace) -> list[str]:
    rules = [rule for rule in words.LIMITS if rule in trace["limits"]]
    lines = [
        line
        for rule, line in zip(rules, figure.limits, strict=True)
        if rule in trace["held_by"] and rule != "gate"
    ]
    if "gate" in trace["held_by"]:
        lines.append(figure.gate_reason)
    return lines


def _heat(dimensions: Sequence[DimensionUnit], instrument: Instrument) -> tuple[HeatRow, ...]:
    most = max((len(dimension.capabilities) for dimension in dimensions), default=0)
    empty = HeatCell(label="", shown="", band=None)

    def cell(unit: Unit, *, label: str) -> HeatCell:
        score = unit.declared.score
        band = None if score is None else instrument.scale.band(score)
        return HeatCell(label=label, shown=unit.declared.shown, band=band)

    return tuple(
        HeatRow(
            code=dimension.code,
            label=dimension.title,
            cells=(
                cell(dimension, label=""),
                *(cell(unit, label=unit.code) for unit in dimension.capabilities),
                *[empty] * (most - len(dimension.capabilities)),
            ),
        )
        for dimension in dimensions
    )


def _level_texts(instrument: Instrument) -> tuple[LevelText, ...]:
    bands = instrument.scale.bands
    return tuple(
        LevelText(
            number=level.level,
            name=level.name,
            anchor=level.anchor,
            descriptor=level.descriptor,
            band=_("{low} to 100").format(low=low)
            if high is None
            else _("{low} to under {high}").format(low=low, high=high),
        )
        for level, low, high in zip(instrument.levels, bands, (*bands[1:], None), strict=True)
    )
