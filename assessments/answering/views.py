"""Taking an assessment: start, task list, items."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from assessments.answering import access, actions, answers, queries
from assessments.answering.forms import AnswerForm, StartForm
from assessments.answering.models import Assessment, Response
from assessments.answering.queries import MINUTES_PER_ITEM, CapabilityProgress
from assessments.core.instrument import Capability, Dimension, EvidenceGrade, Instrument, Item
from assessments.questionnaires import queries as questionnaires_queries
from assessments.questionnaires.method import Method
from portal.accounts.access import WorkingGroup, has_working_group_role, role_in
from portal.accounts.http import SignedInRequest
from portal.accounts.models import MAY_ANSWER, MAY_SUBMIT
from portal.accounts.queries import memberships_of
from portal.vocabulary import names
from portal.vocabulary.countries import country
from publications.queries import recommendations_for

form_page = require_http_methods(["GET", "HEAD", "POST"])

CHECK = "check"  # where a person came from, and goes back to after saving

STATUS = {"DONE": "done", "STARTED": "in-progress", "NOT_STARTED": "not-started"}


@login_required
@never_cache
@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    memberships = memberships_of(request.user)
    context = {
        "assessments": queries.assessments_of(request.user),
        "memberships": memberships,
        "may_start": any(each.role in MAY_ANSWER for each in memberships),
        "is_steward": has_working_group_role(request.user, WorkingGroup.STEWARD),
    }
    return render(request, "answering/home.html", context)


@login_required
@never_cache
@form_page
def start(request: SignedInRequest) -> HttpResponse:
    edition = questionnaires_queries.current_edition()
    organisations = queries.organisations_to_answer_for(request.user)
    kinds = {organisation.is_demonstration for organisation in organisations}
    waves = [w for w in queries.open_waves(on=now().date()) if w.is_demonstration in kinds]
    if edition is None or not organisations or not waves:
        context = {"organisations": organisations, "waves": waves, "edition": edition}
        return render(request, "answering/start_later.html", context)
    instrument = edition.content
    form = StartForm(
        request.POST or None, organisations=organisations, waves=waves, instrument=instrument
    )
    if form.is_valid():
        data = dict(form.cleaned_data, country_code=form.cleaned_data["country"])
        del data["country"]
        try:
            made = actions.start_assessment(edition=edition, by=request.user, at=now(), **data)
        except actions.AlreadyOpen as exc:
            messages.info(request, str(exc))
            return redirect("assessments:tasks", exc.assessment.pk)
        except actions.AssessmentRefused as exc:
            form.add_error(None, str(exc))
        else:
            messages.success(request, _("The assessment is open. Answer in any order."))
            return redirect("assessments:tasks", made.pk)
    context = {"form": form, "roles": _roles(instrument), "markets": names.MARKET_DESCRIPTIONS}
    return render(request, "answering/start.html", context)


@login_required
@never_cache
@require_safe
def tasks(request: SignedInRequest, assessment_id: uuid.UUID) -> HttpResponse:
    assessment = access.assessment_for(request.user, assessment_id)
    role = role_in(request.user, assessment.organisation)
    progress = queries.progress_of(assessment, queries.answered_of(assessment))
    context = {
        "assessment": assessment,
        "may_answer": role in MAY_ANSWER and not assessment.is_submitted,
        "may_submit": role in MAY_SUBMIT,
        "place": _place(assessment),
        "progress": progress,
        "left": _about(progress.minutes_left),
        "groups": [
            {
                "dimension": part.dimension,
                "answered": part.answered,
                "asked": part.asked,
                "rows": [_task(assessment, each) for each in part.capabilities],
            }
            for part in progress.dimensions
        ],
        "continue_url": item_url(assessment, progress.next_item) if progress.next_item else "",
    }
    return render(request, "answering/tasks.html", context)


@login_required
@never_cache
@form_page
def item(request: SignedInRequest, assessment_id: uuid.UUID, code: str) -> HttpResponse:
    if request.method == "POST":
        return _save(request, assessment_id, code)
    assessment = access.assessment_for(request.user, assessment_id)
    page = _item_page(assessment, code)
    if not assessment.is_submitted and role_in(request.user, assessment.organisation) in MAY_ANSWER:
        page["form"] = AnswerForm(
            item=page["item"], instrument=page["instrument"], response=page["response"]
        )
    return _rendered(request, page)


def _save(request: SignedInRequest, assessment_id: uuid.UUID, code: str) -> HttpResponse:
    """Store the answer and go on; whatever stops it, the page shows all that was typed."""
    assessment = access.assessment_to_answer(request.user, assessment_id)
    item, instrument = _asked(assessment, code), assessment.edition.content
    form = AnswerForm(request.POST, item=item, instrument=instrument)
    status, shown = 200, dict[str, Any]()
    if form.is_valid():
        answer = form.given
        try:
            actions.save_response(
                assessment=assessment,
                item=code,
                answer=answer,
                by=request.user,
                at=now(),
                base_version=form.base_version,
            )
        except actions.StaleAnswer as exc:
            status, shown["conflict"] = 409, _conflict(instrument, answer, exc.current)
            form = _on_top_of(exc.current, request, item, instrument)
        except actions.AlreadySubmitted:
            return _too_late(request, assessment_id, code, answer)
        except actions.NotAsked as exc:
            raise Http404 from exc
        except answers.AnswerRefused as exc:
            form.add_error(exc.field, str(exc))
        else:
            messages.success(request, _("{item} is saved.").format(item=code))
            return redirect(_after(request, assessment, code))
    return _rendered(request, _item_page(assessment, code) | shown | {"form": form}, status=status)


def _on_top_of(
    current: Response, request: SignedInRequest, item: Item, instrument: Instrument
) -> AnswerForm:
    """Return the form as it was sent, but built on what is stored now."""
    data = request.POST.copy()
    data["version"] = str(current.version)
    return AnswerForm(data, item=item, instrument=instrument)


def _too_late(
    request: SignedInRequest, assessment_id: uuid.UUID, code: str, answer: answers.GivenAnswer
) -> HttpResponse:
    """Show what was typed beside the answer that was submitted meanwhile."""
    assessment = access.assessment_for(request.user, assessment_id)
    typed = answers.in_words(assessment.edition.content, answer)
    page = _item_page(assessment, code) | {"typed": list(typed.items())}
    return _rendered(request, page, status=409)


# What the pages show


def _roles(instrument: Instrument) -> dict[str, str]:
    """Return what each type does, how much it is asked and how long that takes."""
    texts = {}
    for code in instrument.respondent_types:
        number = len(instrument.items_for(code))
        texts[code] = _("{does} {number} questions, {time}.").format(
            does=names.RESPONDENT_TYPE_DESCRIPTIONS[code],
            number=number,
            time=_about(number * MINUTES_PER_ITEM),
        )
    return texts


def _about(minutes: int) -> str:
    """Return a duration in words that stay on one line, no more exact than it can be."""
    hours, rest = divmod(-(-minutes // 10) * 10, 60)
    if not hours:
        words = _("about {minutes} minutes").format(minutes=rest)
    elif not rest:
        words = ngettext("about %(hours)d hour", "about %(hours)d hours", hours) % {"hours": hours}
    else:
        words = _("about {hours} h {minutes} min").format(hours=hours, minutes=rest)
    return words.replace(" ", "\N{NO-BREAK SPACE}")


def _place(assessment: Assessment) -> str:
    place = country(assessment.country, assessment.country_vintage)
    return ", ".join(
        part for part in (place.name, assessment.region, assessment.income_group) if part
    )


def _task(assessment: Assessment, part: CapabilityProgress) -> dict[str, str]:
    hint = _("{answered} of {asked} answered").format(answered=part.answered, asked=part.asked)
    return {
        "code": part.capability.code,
        "title": part.capability.title,
        "status": STATUS[part.status],
        "hint": hint if part.answered < part.asked else "",
        "url": item_url(assessment, part.next_item or part.capability.items[0].code),
    }


def item_url(assessment: Assessment, code: str) -> str:
    return reverse("assessments:item", args=[assessment.pk, code])


def _asked(assessment: Assessment, code: str) -> Item:
    asked = queries.items_of(assessment).get(code)
    if asked is None:
        raise Http404
    return asked


def _after(request: SignedInRequest, assessment: Assessment, code: str) -> str:
    """Return the address to go to after saving: only ever a page of this assessment."""
    if request.GET.get("from") == CHECK:
        return reverse("assessments:check", args=[assessment.pk])
    following = _neighbours(assessment, code)[1]
    if request.POST.get("then") == "list" or following is None:
        return reverse("assessments:tasks", args=[assessment.pk])
    return item_url(assessment, following)


def _neighbours(assessment: Assessment, code: str) -> tuple[str | None, str | None]:
    codes = list(queries.items_of(assessment))
    place = codes.index(code)
    return (
        codes[place - 1] if place else None,
        codes[place + 1] if place + 1 < len(codes) else None,
    )


def _item_page(assessment: Assessment, code: str) -> dict[str, Any]:
    """Return what a page shows about one item: the same few queries, however many there are."""
    item, instrument = _asked(assessment, code), assessment.edition.content
    dimension, capability = _home_of(assessment, code)
    siblings = [each.code for each in capability.items]
    responses = queries.responses_to(assessment, {*siblings, *item.depends_on})
    response = responses.get(code)
    before, after = _neighbours(assessment, code)
    wording = item.wording(assessment.respondent_type)
    return {
        "assessment": assessment,
        "instrument": instrument,
        "dimension": dimension,
        "capability": capability,
        "item": item,
        "question": wording.question,
        "anchors": _anchors(instrument, wording.levels, response),
        "descriptions": _descriptions(wording.levels),
        "grades": {str(each.grade): _grade(each) for each in instrument.evidence_grades},
        "response": response,
        "given": list(answers.in_words(instrument, response).items()) if response else [],
        "siblings": [
            {
                "code": each.code,
                "title": each.title,
                "url": item_url(assessment, each.code),
                "answered": each.code in responses,
            }
            for each in capability.items
        ],
        "prerequisites": _prerequisites(assessment, item, responses),
        "method": Method(instrument),
        "is_unmet": bool(queries.unmet_prerequisites(assessment, item, responses)),
        "recommendations": recommendations_for([code])[code],
        "before_url": item_url(assessment, before) if before else "",
        "after_url": item_url(assessment, after) if after else "",
        "answered": assessment.responses.count(),
        "asked": len(queries.items_of(assessment)),
        "place": list(queries.items_of(assessment)).index(code) + 1,
    }


def _rendered(request: SignedInRequest, page: dict[str, Any], *, status: int = 200) -> HttpResponse:
    page["from_check"] = request.GET.get("from") == CHECK
    return render(request, "answering/item.html", page, status=status)


def _home_of(assessment: Assessment, code: str) -> tuple[Dimension, Capability]:
    return next(
        (dimension, capability)
        for dimension in queries.scope_of(assessment)
        for capability in dimension.capabilities
        if any(item.code == code for item in capability.items)
    )


def _anchors(
    instrument: Instrument, levels: tuple[str, ...], response: Response | None
) -> list[dict[str, Any]]:
    chosen = response.rating if response else None
    return [
        {"level": each, "text": text, "is_chosen": each.level == chosen}
        for each, text in zip(instrument.levels, levels, strict=True)
    ]


def _descriptions(levels: tuple[str, ...]) -> dict[str, str]:
    return {
        **{str(level): text for level, text in enumerate(levels)},
        "dont_know": _("Counts as 0 for now and becomes a step of your plan: find out."),
        "not_applicable": _("Leaves this practice out of every sum. Say below why."),
    }


def _grade(grade: EvidenceGrade) -> str:
    return _("{description} Supports up to level {ceiling}.").format(
        description=grade.description, ceiling=grade.ceiling
    )


def _prerequisites(
    assessment: Assessment, item: Item, responses: Mapping[str, Response]
) -> list[dict[str, Any]]:
    asked = queries.items_of(assessment)
    unmet = queries.unmet_prerequisites(assessment, item, responses)
    return [
        {
            "code": code,
            "title": asked[code].title,
            "url": item_url(assessment, code),
            "given": answers.short(assessment.edition.content, responses.get(code)),
            "is_unmet": code in unmet,
        }
        for code in item.depends_on
        if code in asked
    ]


def _conflict(
    instrument: Instrument, mine: answers.GivenAnswer, current: Response
) -> dict[str, Any]:
    here, there = answers.in_words(instrument, mine), answers.in_words(instrument, current)
    return {
        "by": current.updated_by,
        "at": current.updated_at,
        "rows": [(label, here[label], there[label], here[label] != there[label]) for label in here],
    }
