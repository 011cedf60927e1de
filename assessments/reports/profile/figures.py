"""Building the units of a profile: each with its figures in every view, its peers and answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from assessments.core.instrument import Capability, Dimension, Instrument, Item
from assessments.reports import words
from assessments.reports.numbers import shown
from assessments.reports.profile.comparison import PeerFigures
from assessments.reports.profile.inputs import Document, GivenAnswer
from assessments.reports.profile.units import (
    AnswerView,
    CapabilityUnit,
    DimensionUnit,
    Figure,
    Level,
    Unit,
)

VIEWS: Final = ("declared", "supported", "verified")
RUNS: Final = ("S1", "S2", "S3", "S4")  # of the sensitivity analysis, beside S5


class UnitBuilder:
    """The units of one result, each built from the document and the answers."""

    def __init__(
        self,
        instrument: Instrument,
        result: Document,
        answers: Mapping[str, GivenAnswer],
        peers: PeerFigures,
    ) -> None:
        self.instrument, self.result = instrument, result
        self.answers, self.peers = answers, peers
        self.scope = instrument.scope(
            result["respondent_type"], result["operates_registry"], result["modules"]
        )
        self.codes = [
            code
            for dimension in self.scope
            for code in (dimension.code, *(unit.code for unit in dimension.capabilities))
        ]
        self.ratings = {view: self._ratings(view) for view in VIEWS}

    def overall(self) -> Unit:
        return Unit(**self._parts("overall", "", _("Overall index"), ""))

    def dimension(self, dimension: Dimension) -> DimensionUnit:
        capabilities = tuple(
            self._capability(capability, dimension.code) for capability in dimension.capabilities
        )
        answers = [answer for unit in capabilities for answer in unit.answers]
        coverage = self.result["coverage"][dimension.code]
        grades = [grade.code for grade in self.instrument.evidence_grades]
        return DimensionUnit(
            **self._parts("dimensions", dimension.code, dimension.title, dimension.introduction),
            capabilities=capabilities,
            confidence=self.result["confidence"]["dimensions"][dimension.code],
            not_applicable_share=coverage["not_applicable_share"],
            dont_know_share=coverage["dont_know_share"],
            low_coverage=coverage["low_coverage"],
            evidence_counts=tuple(
                sum(answer.evidence == code for answer in answers) for code in grades
            ),
            not_carried=tuple(answer for answer in answers if not answer.is_carried),
        )

    def _capability(self, capability: Capability, dimension: str) -> CapabilityUnit:
        return CapabilityUnit(
            **self._parts("capabilities", capability.code, capability.title, capability.summary),
            dimension=dimension,
            answers=tuple(self._answer(item) for item in capability.items),
        )

    def _parts(self, kind: str, code: str, title: str, summary: str) -> dict[str, Any]:
        figures = {view: self._figure(kind, code, view) for view in VIEWS}
        return {
            "code": code,
            "title": title,
            "summary": summary,
            **figures,
            "peers": self.peers.of(code or "index", self._score("declared", kind, code)),
        }

    def _score(self, view: str, kind: str, code: str) -> float | None:
        document = self.result["views"][view]
        score: float | None = (
            document["index"] if kind == "overall" else document[kind][code]["score"]
        )
        return score

    def _figure(self, kind: str, code: str, view: str) -> Figure | None:
        if self.result["views"][view] is None:
            return None
        document = self.result["views"][view]
        gates, traces = self.result["gates"][view], self.result["trace"][view]
        if kind == "overall":
            level, gate, trace = document["level"], gates["overall"], traces["overall"]
        else:
            level, gate = document[kind][code]["level"], gates[kind][code]
            trace = traces[kind][code]
        score = self._score(view, kind, code)
        return Figure(
            score=score,
            shown=shown(score),
            level=self._level(level, sensitive=kind == "overall" and view == "declared"),
            gate=gate["gate"],
            gate_words=words.gate_name(gate["gate"]),
            gate_reason=gate["reason"],
            gate_items=tuple(gate["items"]),
            cap=gate["cap"],
            met=gate["met"],
            of=gate["of"],
            how=words.how(kind, trace, self.codes, self.instrument.scale),
            limits=tuple(
                words.limit(
                    rule,
                    trace["limits"][rule],
                    score=score,
                    trace=trace,
                    instrument=self.instrument,
                )
                for rule in words.LIMITS
                if rule in trace["limits"]
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
            for run in (sensitivity["base"], *(sensitivity[name] for name in RUNS))
            if run["band"] is not None
        ]
        return min(*bands, others), min(max(bands), others)

    # Answers

    def _ratings(self, view: str) -> dict[str, int]:
        trace = self.result["trace"][view]
        if trace is None:
            return {}
        return {
            row["item"]: row["rating"]
            for unit in trace["capabilities"].values()
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
