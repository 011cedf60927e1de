"""What looks beyond the answers as given: the steps of the plan and the sensitivity runs."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from assessments.core.instrument import Instrument
from assessments.core.result import BaseRun, MethodRun, ResultDocument, WithoutRun
from assessments.reports import words
from assessments.reports.numbers import shown
from assessments.reports.profile.comparison import PeerFigures
from assessments.reports.profile.inputs import Advice
from assessments.reports.profile.values import Run, Sensitivity, Step


def steps_of(
    result: ResultDocument, instrument: Instrument, advice: Mapping[str, Advice], peers: PeerFigures
) -> tuple[Step, ...]:
    plan = result["plan"]
    steps: list[Step] = []
    printed: dict[str, int] = {}
    for number, step in enumerate(plan["priorities"] if plan else [], start=1):
        item = instrument.items[step["item"]]
        named = [advice[label] for label in step["recommendations"] if label in advice]
        steps.append(
            Step(
                number=number,
                item=item.code,
                title=item.title,
                reason=step["reason"],
                reason_words=words.plan_reason(step["reason"]),
                rating=step["from"],
                target=step["to"],
                target_words=item.wording(result["respondent_type"]).levels[step["to"]],
                evidence=item.evidence,
                effort=step["effort"],
                effort_per_level=step["effort_per_level"],
                gain=step["gain"],
                gain_shown="–" if step["gain"] is None else f"+{shown(step['gain'])}",
                recommendations=tuple(named),
                advice=tuple(each for each in named if each.label not in printed),
                advice_before=tuple(
                    (each.label, printed[each.label]) for each in named if each.label in printed
                ),
                peers=peers.at_level(item.code.partition(".")[0], step["to"]),
            )
        )
        printed |= {each.label: number for each in named if each.label not in printed}
    return tuple(steps)


def sensitivity_of(result: ResultDocument, instrument: Instrument) -> Sensitivity | None:
    document = result["sensitivity"]
    if document is None:
        return None
    base = document["base"]["band"]
    runs = [_run(_("As scored"), _("cmi-score as published"), document["base"], base)]
    method = words.runs(instrument.scale)
    runs += [
        _run("S1", method["S1"], document["S1"], base),
        _run("S2", method["S2"], document["S2"], base),
        _run("S3", method["S3"], document["S3"], base),
        _run("S4", method["S4"], document["S4"], base),
    ]
    without = document["S5"]
    for one, what in (
        (
            without["lowest"],
            _("Without {code}, the capability whose absence lowers the index most"),
        ),
        (
            without["highest"],
            _("Without {code}, the capability whose absence raises the index most"),
        ),
    ):
        if one is not None:
            runs.append(_run("S5", what.format(code=one["without"]), one, base))
    return Sensitivity(
        sensitive=document["sensitive"],
        lowest=document["lowest"],
        highest=document["highest"],
        runs=tuple(runs),
        words=words.sensitivity(document["sensitive"]),
    )


def _run(name: str, what: str, run: BaseRun | MethodRun | WithoutRun, base: int) -> Run:
    return Run(
        name=name,
        what=what,
        index=run["index"],
        shown=shown(run["index"]),
        band=run["band"],
        is_other_band=run["band"] not in (None, base),
    )
