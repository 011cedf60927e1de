"""Building the units of a profile: each with its figures in every view, its peers and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from assessments.answering.answers import GivenAnswer
from assessments.core.instrument import Capability, Dimension, Instrument, Item
from assessments.core.result import (
    Figures,
    Gates,
    GateState,
    LevelTrace,
    ResultDocument,
    Trace,
    UnitKind,
    ViewName,
)
from assessments.reports import words
from assessments.reports.numbers import shown
from assessments.reports.profile.comparison import PeerFigures
from assessments.reports.profile.units import (
    AnswerView,
    CapabilityUnit,
    DimensionUnit,
    Figure,
    Level,
    Unit,
)


@dataclass(frozen=True, slots=True)
class _View:
    """One view of the result."""

    figures: Figures
    gates: Gates
    trace: Trace


def _view(result: ResultDocument, view: ViewName) -> _View | None:
    figures, gates, trace = result["views"][view], result["gates"][view], result["trace"][view]
    if figures is None or gates is None or trace is None:
        return None
    return _View(figures, gates, trace)


class UnitBuilder:
    """The units of one result, each built from the document and the answers."""

    def __init__(
        self,
        instrument: Instrument,
        result: ResultDocument,
        answers: Mapping[str, GivenAnswer],
        peers: PeerFigures,
    ) -> None:
        self.instrument, self.result = instrument, result
        self.answers, self.peers = answers, peers
        self.scope = instrument.scope(
            result["respondent_type"], result["operates_registry"], result["modules"]
        )
        self.codes = words.codes_of(self.scope)
        self.views = {view: _view(result, view) for view in words.VIEWS}
        self.ratings = {view: self._ratings(view) for view in words.VIEWS}

    def overall(self) -> Unit:
        return Unit(
            code="",
            title=_("Overall index"),
            summary="",
            **self._in_each_view(self._overall_figure),
            peers=self.peers.of("index", self.result["views"]["declared"]["index"]),
        )

    def dimension(self, dimension: Dimension) -> DimensionUnit:
        capabilities = tuple(
            self._capability(capability, dimension.code) for capability in dimension.capabilities
        )
        answers = [answer for unit in capabilities for answer in unit.answers]
        coverage = self.result["coverage"][dimension.code]
        declared = self.result["views"]["declared"]
        grades = [grade.code for grade in self.instrument.evidence_grades]
        return DimensionUnit(
            **self._parts(
                dimension,
                dimension.introduction,
                declared["dimensions"][dimension.code]["score"],
                self._dimension_figure,
            ),
            capabilities=capabilities,
            confidence=self.result["confidence"]["dimensions"][dimension.code],
            not_applicable_share=coverage["not_applicable_share"],
            dont_know_share=coverage["dont_know_share"],
            low_coverage=coverage["low_coverage"],
            many_dont_know=coverage["many_dont_know"],
            evidence_counts=tuple(
                sum(answer.evidence == code for answer in answers) for code in grades
            ),
            not_carried=tuple(answer for answer in answers if not answer.is_carried),
        )

    def _capability(self, capability: Capability, dimension: str) -> CapabilityUnit:
        declared = self.result["views"]["declared"]
        return CapabilityUnit(
            **self._parts(
                capability,
                capability.summary,
                declared["capabilities"][capability.code]["score"],
                self._capability_figure,
            ),
            dimension=dimension,
            answers=tuple(self._answer(item) for item in capability.items),
        )

    def _in_each_view(self, figure: Callable[[ViewName, _View], Figure]) -> dict[str, Any]:
        return {
            view: None if part is None else figure(view, part) for view, part in self.views.items()
        }

    def _parts(
        self,
        part: Dimension | Capability,
        summary: str,
        score: float | None,
        figure: Callable[[str, ViewName, _View], Figure],
    ) -> dict[str, Any]:
        return {
            "code": part.code,
            "title": part.title,
            "summary": summary,
            **self._in_each_view(partial(figure, part.code)),
            "peers": self.peers.of(part.code, score),
        }

    def _overall_figure(self, name: ViewName, view: _View) -> Figure:
        trace = view.trace["overall"]
        return self._figure(
            "overall",
            name,
            score=view.figures["index"],
            level=self._level(view.figures["level"], sensitive=name == "declared"),
            gate=view.gates["overall"],
            trace=trace,
            how=words.how_overall(trace, self.codes),
            weakest=trace["weakest"],
        )

    def _dimension_figure(self, code: str, name: ViewName, view: _View) -> Figure:
        figure, trace = view.figures["dimensions"][code], view.trace["dimensions"][code]
        return self._figure(
            "dimension",
            name,
            score=figure["score"],
            level=self._level(figure["level"]),
            gate=view.gates["dimensions"][code],
            trace=trace,
            how=words.how_dimension(trace, self.codes),
        )

    def _capability_figure(self, code: str, name: ViewName, view: _View) -> Figure:
        figure, trace = view.figures["capabilities"][code], view.trace["capabilities"][code]
        return self._figure(
            "capability",
            name,
            score=figure["score"],
            level=self._level(figure["level"]),
            gate=view.gates["capabilities"][code],
            trace=trace,
            how=words.how_capability(trace, self.instrument.scale),
        )

    def _figure(
        self,
        kind: UnitKind,
        view: ViewName,
        *,
        score: float | None,
        level: Level,
        gate: GateState,
        trace: LevelTrace,
        how: str,
        weakest: Sequence[str] = (),
    ) -> Figure:
        limits = trace["limits"]
        return Figure(
            score=score,
            shown=shown(score),
            level=level,
            gate=gate["gate"],
            gate_words=words.gate_name(gate["gate"]),
            gate_reason=words.gate_reason(gate, kind=kind, view=view, instrument=self.instrument),
            gate_items=tuple(gate["items"]),
            cap=gate["cap"],
            met=gate["met"],
            of=gate["of"],
            how=how,
            limits=tuple(
                words.limit(
                    rule, limits[rule], score=score, weakest=weakest, instrument=self.instrument
                )
                for rule in words.LIMITS
                if rule in limits
            ),
        )

    def _level(self, level: int | None, *, sensitive: bool = False) -> Level:
        if level is None:
            return Level(number=None, name=_("Not rated"))
        low, high = self._level_range(level) if sensitive else (level, level)
        return Level(
            number=low,
            name=self.instrument.levels[level].name,
            upper=high if high != low else None,
        )

    def _level_range(self, level: int) -> tuple[int, int]:
        """Return the lowest and highest level that runs S1 to S4 give.

        Only the band moves between runs; what else limits the level stays, and where that is
        lower than every band the level does not move with it.
        """
        sensitivity = self.result["sensitivity"]
        if not sensitivity or not sensitivity["sensitive"]:
            return level, level
        limits = self.result["trace"]["declared"]["overall"]["limits"]
        others = min(limit for rule, limit in limits.items() if rule != "band")
        bands = [
            run["band"]
            for run in (
                sensitivity["base"],
                sensitivity["S1"],
                sensitivity["S2"],
                sensitivity["S3"],
                sensitivity["S4"],
            )
            if run["band"] is not None
        ]
        return min(*bands, others), min(max(bands), others)

    # Answers

    def _ratings(self, name: ViewName) -> dict[str, int]:
        view = self.views[name]
        if view is None:
            return {}
        return {
            row["item"]: row["rating"]
            for unit in view.trace["capabilities"].values()
            for row in unit["items"]
        }

    def _answer(self, item: Item) -> AnswerView:
        given = self.answers.get(item.code)
        wording = item.wording(self.result["respondent_type"])
        declared = self.ratings["declared"].get(item.code)
        supported = self.ratings["supported"].get(item.code)
        if given is None:
            kind, text = "unanswered", _("Not answered.")
        elif given.not_applicable:
            kind, text = "not_applicable", given.reason
        elif given.dont_know:
            kind, text = "dont_know", _("Don’t know; counts as level 0.")
        else:
            kind, text = "rated", wording.levels[given.rating or 0]
        grade = self.instrument.evidence_grades[given.evidence] if given else None
        shows_evidence = kind == "rated" and grade is not None
        return AnswerView(
            code=item.code,
            title=item.title,
            question=wording.question,
            is_minimum_standard=item.is_minimum_standard,
            kind=kind,
            declared=declared,
            supported=supported,
            verified=self.ratings["verified"].get(item.code),
            status=self._status(declared),
            supported_status=self._status(supported),
            answer=text,
            evidence=grade.code if shows_evidence and grade else "",
            evidence_name=grade.name if shows_evidence and grade else "",
            reference=given.evidence_reference if given else "",
            note=given.note if given else "",
        )

    def _status(self, rating: int | None) -> str:
        return "" if rating is None else self.instrument.scale.gate(rating).name
