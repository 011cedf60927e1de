"""One answer as a person gives it, and every form it takes on its way to the row and back.

A form, a response file and a row are turned into a `GivenAnswer` and back here alone, and whether
one fits its item is decided here. Another field of an answer is a field below, of `Response`, of
`AnswerForm` and of its template; what scoring takes of an answer is `core.answers.Answer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.utils.translation import gettext as _

from assessments.answering.models import ReasonKind, Response
from assessments.core.answers import Answer
from assessments.core.instrument import Instrument, Item

DONT_KNOW, NOT_APPLICABLE = "dont_know", "not_applicable"
MAX_REASON, MAX_REFERENCE, MAX_NOTE = 1000, 1000, 4000
LONGEST = {
    "reason": MAX_REASON,
    "evidence_reference": MAX_REFERENCE,
    "note": MAX_NOTE,
}  # characters


class AnswerRefused(Exception):
    """The answer does not fit the item; the text says what is wrong with its `field`."""

    def __init__(self, text: str, *, field: str = "answer") -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """What a person says of one item: a rating 0 to 4, or don't know, or not applicable.

    Not applicable gives a kind of reason and its words. Evidence grades ratings alone. The names
    are those of the columns of `Response` and of what a `ResponseEvent` holds.
    """

    rating: int | None = None
    dont_know: bool = False
    not_applicable: bool = False
    reason_kind: str = ""
    reason: str = ""
    evidence: int = 0
    evidence_reference: str = ""
    note: str = ""

    @property
    def columns(self) -> dict[str, Any]:
        return asdict(self)


FIELDS = tuple(each.name for each in fields(GivenAnswer))


# Rows


def of_row(row: Response) -> GivenAnswer:
    return GivenAnswer(**{name: getattr(row, name) for name in FIELDS})


# Response files


def of_file(
    answer: Answer, *, reason_kind: ReasonKind, evidence_reference: str = "", note: str = ""
) -> GivenAnswer:
    """Return an answer of a response file, which gives no kind of reason and no words."""
    is_rating = answer.rating is not None
    return GivenAnswer(
        rating=None if answer.dont_know else answer.rating,
        dont_know=answer.dont_know,
        not_applicable=not is_rating,
        reason_kind="" if is_rating else reason_kind,
        reason=answer.reason or "",
        evidence=answer.evidence,
        evidence_reference=evidence_reference,
        note=note,
    )


def in_file(row: Response) -> dict[str, Any]:
    """Return one response as it stands in a response file, from which it is scored."""
    if row.dont_know:
        return {DONT_KNOW: True}
    if row.not_applicable:
        return {NOT_APPLICABLE: row.reason}
    return {"rating": row.rating, "evidence": row.evidence}


# Forms


def of_form(data: Mapping[str, Any]) -> GivenAnswer:
    """Return the answer of a form's cleaned data.

    What belongs to another kind of answer is left out; a reason in words stays, for whoever
    wrote it.
    """
    answer = data["answer"]
    is_rating = answer not in (DONT_KNOW, NOT_APPLICABLE)
    words = {name: data[name] for name in FIELDS if name in data}
    return GivenAnswer(
        **words
        | {
            "rating": int(answer) if is_rating else None,
            "dont_know": answer == DONT_KNOW,
            "not_applicable": answer == NOT_APPLICABLE,
            "reason_kind": data["reason_kind"] if answer == NOT_APPLICABLE else "",
            "evidence": (data["evidence"] or 0) if is_rating else 0,
        }
    )


def in_form(row: Response) -> dict[str, Any]:
    """Return what a form shows of a response at first."""
    answer = str(row.rating)
    if row.dont_know:
        answer = DONT_KNOW
    elif row.not_applicable:
        answer = NOT_APPLICABLE
    return of_row(row).columns | {"answer": answer, "version": row.version}


# Words


def short(instrument: Instrument, answer: GivenAnswer | Response | None) -> str:
    """Return what was chosen, in the instrument's words."""
    if answer is None:
        return _("Not answered")
    if answer.dont_know:
        return _("Don't know")
    if answer.not_applicable or answer.rating is None:
        return _("Not applicable")
    return f"{answer.rating} {instrument.levels[answer.rating].name}"


def in_words(instrument: Instrument, answer: GivenAnswer | Response) -> dict[str, str]:
    """Return the whole answer in words, by label."""
    grade = instrument.evidence_grades[answer.evidence]
    reason = [str(ReasonKind(answer.reason_kind).label)] if answer.reason_kind else []
    return {
        _("Answer"): short(instrument, answer),
        _("Reason"): ". ".join([*reason, answer.reason] if answer.reason else reason),
        _("Evidence"): f"{grade.code} {grade.name}",
        _("Where the evidence is"): answer.evidence_reference,
        _("Note"): answer.note,
    }


# Fit


def refuse_misfit(item: Item, answer: GivenAnswer, *, instrument: Instrument) -> None:
    """Raise `AnswerRefused` unless the item can be answered so."""
    kinds = (answer.rating is not None) + answer.dont_know + answer.not_applicable
    if kinds != 1:
        raise AnswerRefused(_("Choose one level, or don't know, or not applicable."))
    if answer.rating is not None and not 0 <= answer.rating < len(item.levels):
        raise AnswerRefused(_("A level is a number from 0 to 4."))
    if answer.not_applicable and not item.not_applicable:
        raise AnswerRefused(
            _("Not applicable is not offered for {item}. Choose a level.").format(item=item.code)
        )
    _refuse_reason(item, answer, least=instrument.scale.reason_length)
    if answer.evidence not in {each.grade for each in instrument.evidence_grades}:
        raise AnswerRefused(_("An evidence grade is a number from 0 to 3."), field="evidence")
    if answer.evidence and answer.rating is None:
        raise AnswerRefused(_("Evidence is graded for a level only."), field="evidence")
    for name, most in LONGEST.items():
        if len(getattr(answer, name)) > most:
            raise AnswerRefused(_("Use at most {most} characters.").format(most=most), field=name)


def _refuse_reason(item: Item, answer: GivenAnswer, *, least: int) -> None:
    if answer.reason_kind and not answer.not_applicable:
        raise AnswerRefused(
            _("A reason belongs to not applicable. Leave it out."), field="reason_kind"
        )
    if answer.not_applicable:
        for field, text in missing_reason(
            item, kind=answer.reason_kind, reason=answer.reason, least=least
        ).items():
            raise AnswerRefused(text, field=field)


def missing_reason(item: Item, *, kind: str, reason: str, least: int) -> dict[str, str]:
    """Return what is wrong with the reason why an item does not apply, by field."""
    wrong = {}
    if kind not in ReasonKind.values:
        wrong["reason_kind"] = _("Choose why {item} does not apply.").format(item=item.code)
    if len(" ".join(reason.split())) < least:
        wrong["reason"] = _("Say why {item} does not apply, in {least} characters or more.").format(
            item=item.code, least=least
        )
    return wrong
