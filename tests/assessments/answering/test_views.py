"""Starting an assessment and answering an item, through the client."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import now

from assessments.answering import answers, queries
from assessments.answering.models import Assessment, Response, ResponseEvent
from assessments.core import instrument
from assessments.core import loading as core_loading
from assessments.reports.models import Report
from portal.accounts.models import Membership, Role
from tests.assessments.pages import (
    HOME,
    REASON,
    START,
    SUBMITTER,
    check_url,
    item_url,
    signed_in,
    tasks_url,
    text_of,
)
from tests.factories import (
    AssessmentFactory,
    EditionFactory,
    MembershipFactory,
    OrganisationFactory,
    UserFactory,
    WaveFactory,
    answer,
    shipped_instrument,
)

pytestmark = pytest.mark.django_db


# The whole way


def test_from_start_to_submitted(owner: Membership) -> None:
    EditionFactory()
    wave = WaveFactory(title="2026")
    client = signed_in(owner.user)
    assert "no assessment yet" in text_of(client.get(HOME))

    started = client.post(
        START,
        {
            "organisation": str(owner.organisation.pk),
            "respondent_type": "RG",
            "is_main_role": "on",
            "market": "both",
            "country": "KE",
            "size_band": "10-49",
            "wave": str(wave.pk),
            "modules": ["DM"],
            "consents_to_benchmark": "on",
        },
    )
    assessment = Assessment.objects.get()
    assert (started.status_code, started["Location"]) == (302, tasks_url(assessment))
    assert assessment.modules == ["DM"]
    assert assessment.consents_to_benchmark is True
    assert assessment.operates_registry is None

    page = text_of(client.get(tasks_url(assessment)))
    assert "0 of 7 questions answered" in page
    assert "about 30 minutes" in page

    codes = list(queries.items_of(assessment))
    address = item_url(assessment, codes[0])
    for code, following in zip(codes, [*codes[1:], None], strict=True):
        assert client.get(address).status_code == 200
        saved = client.post(
            address, {"answer": "3", "evidence": "2", "version": "0", "then": "next"}
        )
        address = item_url(assessment, following) if following else tasks_url(assessment)
        assert (saved.status_code, saved["Location"]) == (302, address), code

    assert "Check and submit" in text_of(client.get(address))
    assert "Submit the assessment" in text_of(client.get(check_url(assessment)))
    submitted = client.post(check_url(assessment), SUBMITTER)
    result_url = reverse("assessments:result", args=[assessment.pk])
    assert (submitted.status_code, submitted["Location"]) == (302, result_url)

    assessment.refresh_from_db()
    assert assessment.submitted_as == "Ada Mwangi, Head of Registry"
    assert Report.objects.get().names_organisation is False
    page = text_of(client.get(tasks_url(assessment)))
    assert "by Ada Mwangi, Head of Registry" in page
    assert "Submitted" in text_of(client.get(HOME))


def test_an_empty_start_says_what_to_do_first() -> None:
    person = UserFactory()
    client = signed_in(person)
    page = text_of(client.get(HOME))
    assert "you belong to no organisation yet" in page
    assert "an organisation comes first" in text_of(client.get(START))

    MembershipFactory(user=person, role=Role.VIEWER)
    assert "an organisation comes first" in text_of(client.get(START))
    assert "Start an assessment" not in text_of(client.get(HOME))

    MembershipFactory(user=person, role=Role.CONTRIBUTOR)
    assert "the questionnaires are not here yet" in text_of(client.get(START))
    EditionFactory()
    WaveFactory(is_demonstration=True)  # for demonstration organisations alone
    assert "no period is open" in text_of(client.get(START))
    WaveFactory()
    form = client.get(START)
    assert "In which role does it answer?" in text_of(form)
    assert "92 questions, about 4 h 40 min" in text_of(form)
    assert form.content.decode().count("checked") == 7  # main role, the period, five questionnaires


def test_errors_of_the_start_stand_at_their_fields_and_nothing_is_lost(owner: Membership) -> None:
    EditionFactory()
    wave = WaveFactory()
    client = signed_in(owner.user)
    said = {
        "organisation": str(owner.organisation.pk),
        "respondent_type": "NR",
        "market": "voluntary",
        "country": "KE",
        "size_band": "250+",
        "wave": str(wave.pk),
    }

    page = client.post(START, said)

    assert page.status_code == 200
    assert page.context["form"].errors == {
        "operates_registry": ["Say whether the authority operates a registry."],
        "modules": ["Choose at least one questionnaire."],
    }
    html = page.content.decode()
    assert re.search(r'value="NR"[^>]* checked', html)
    assert re.search(r'value="NR"[^>]* data-asks="registry"', html)
    assert html.count("data-asks") == 1
    assert re.search(r'value="250\+"[^>]* checked', html)
    assert Assessment.objects.count() == 0

    client.post(START, said | {"operates_registry": "no", "modules": ["EG", "TI"]})
    made = Assessment.objects.get()
    kind = (made.respondent_type, made.operates_registry)
    assert (kind, made.modules, made.is_main_role) == (("NR", False), ["EG", "TI"], False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"organisation": "another"},
        {"respondent_type": "XX"},
        {"market": "XX"},
        {"country": "XX"},
        {"size_band": "XX"},
        {"wave": "999999"},
        {"modules": ["XX"]},
    ],
)
def test_junk_in_the_start_is_an_error_at_its_field(
    owner: Membership, wrong: dict[str, Any]
) -> None:
    EditionFactory()
    said = {
        "organisation": str(owner.organisation.pk),
        "respondent_type": "RG",
        "market": "voluntary",
        "country": "KE",
        "size_band": "10-49",
        "wave": str(WaveFactory().pk),
        "modules": ["EG"],
    }

    page = signed_in(owner.user).post(START, said | wrong)

    assert list(page.context["form"].errors) == list(wrong)
    assert Assessment.objects.count() == 0


def test_nobody_starts_for_another_organisation(owner: Membership) -> None:
    EditionFactory()
    wave, other = WaveFactory(), OrganisationFactory()
    MembershipFactory(user=owner.user, organisation=other, role=Role.VIEWER)

    page = signed_in(owner.user).post(
        START,
        {
            "organisation": str(other.pk),
            "respondent_type": "RG",
            "market": "voluntary",
            "size_band": "10-49",
            "wave": str(wave.pk),
            "modules": ["EG"],
        },
    )

    assert "organisation" in page.context["form"].errors
    assert Assessment.objects.count() == 0


def test_starting_again_leads_to_the_open_one(owner: Membership, assessment: Assessment) -> None:
    page = signed_in(owner.user).post(
        START,
        {
            "organisation": str(owner.organisation.pk),
            "respondent_type": "RG",
            "market": "voluntary",
            "size_band": "10-49",
            "wave": str(assessment.wave.pk),
            "modules": ["EG"],
        },
    )

    assert (page.status_code, page["Location"]) == (302, tasks_url(assessment))
    assert Assessment.objects.count() == 1


def test_a_demonstration_answers_in_its_own_periods(owner: Membership) -> None:
    EditionFactory()
    synthetic = MembershipFactory(
        user=owner.user, organisation=OrganisationFactory(is_demonstration=True)
    ).organisation
    WaveFactory(is_demonstration=True)
    real = WaveFactory()
    said = {
        "organisation": str(synthetic.pk),
        "respondent_type": "RG",
        "market": "voluntary",
        "size_band": "10-49",
        "wave": str(real.pk),
        "modules": ["EG"],
    }

    page = signed_in(owner.user).post(START, said)

    assert list(page.context["form"].errors) == ["wave"]
    assert Assessment.objects.count() == 0


def test_a_demonstration_says_so_and_how_long_its_period_is_open() -> None:
    assessment = AssessmentFactory(
        organisation__is_demonstration=True,
        wave__is_demonstration=True,
        wave__title="Demonstration 2026",
        wave__closes_date=now().date() + timedelta(days=30),
    )
    member = MembershipFactory(organisation=assessment.organisation)
    client = signed_in(member.user)
    until = date_format(assessment.wave.closes_date, "j F Y")

    assert "Demonstration: the organisation is synthetic." in text_of(
        client.get(tasks_url(assessment))
    )
    assert f"Demonstration 2026, open until {until}" in text_of(client.get(START))


def test_the_country_is_the_organisations_unless_another_is_named(owner: Membership) -> None:
    EditionFactory()
    other = MembershipFactory(
        user=owner.user, organisation=OrganisationFactory(country="FR")
    ).organisation
    said = {
        "organisation": str(other.pk),
        "respondent_type": "RG",
        "market": "voluntary",
        "size_band": "10-49",
        "wave": str(WaveFactory().pk),
        "modules": ["EG"],
    }
    client = signed_in(owner.user)

    client.post(START, said)
    client.post(START, said | {"respondent_type": "EX", "country": "BR"})

    made = Assessment.objects.order_by("created_at")
    assert [(each.country, each.income_group) for each in made] == [
        ("FR", "high"),
        ("BR", "upper-middle"),
    ]


def test_operators_set_up_periods_and_see_no_answers(assessment: Assessment) -> None:
    client = signed_in(UserFactory(is_staff=True, is_superuser=True))
    wave = assessment.wave
    address = f"/admin/assessments/wave/{wave.pk}/change/"
    changed = {"code": wave.code, "title": "Moved", "opens_date": "2020-01-01"}

    page = client.post(address, changed | {"closes_date": "2020-12-31"})

    assert page.status_code == 403  # somebody answers in it already
    wave.refresh_from_db()
    assert wave.title != "Moved"
    assert client.get("/admin/assessments/wave/add/").status_code == 200
    assert client.get("/admin/assessments/response/").status_code == 404
    assert client.get(tasks_url(assessment)).status_code == 404


# One item


def test_an_item_asks_in_the_words_of_the_type(owner: Membership, assessment: Assessment) -> None:
    item = shipped_instrument().items["DM2.1"]
    client = signed_in(owner.user)

    page = text_of(client.get(item_url(assessment, "DM2.1")))

    assert item.relying_question is not None
    assert item.relying_levels is not None
    assert item.relying_question in page
    assert item.question not in page
    assert all(level in page for level in item.relying_levels)
    assert item.why in page
    assert "Not applicable" not in page
    assert "Not applicable" in text_of(client.get(item_url(assessment, "TI5.5")))


def test_the_pages_of_an_assessment_say_that_their_content_is_companion(
    owner: Membership, assessment: Assessment
) -> None:
    client = signed_in(owner.user)

    start, item = client.get(START), client.get(item_url(assessment))

    assert "The questionnaires are companion content" in text_of(start)
    assert "Companion content: this portal drafted the question" in text_of(item)


def test_an_answer_is_shown_again_as_it_was_given(
    owner: Membership, assessment: Assessment
) -> None:
    client = signed_in(owner.user)
    said = {
        "answer": "not_applicable",
        "reason_kind": "MARKET",
        "reason": REASON,
        "note": "First line\r\nSecond line",
        "version": "0",
        "then": "list",
    }

    saved = client.post(item_url(assessment, "TI5.5"), said)

    assert saved["Location"] == tasks_url(assessment)
    row = Response.objects.get()
    assert (row.not_applicable, row.reason_kind, row.reason) == (True, "MARKET", REASON)
    assert row.note == "First line\nSecond line"
    form = client.get(item_url(assessment, "TI5.5")).context["form"]
    assert form.initial["answer"] == "not_applicable"
    assert form.initial["version"] == 1


def test_words_of_another_kind_of_answer_are_kept_and_count_for_nothing(
    owner: Membership, assessment: Assessment
) -> None:
    signed_in(owner.user).post(
        item_url(assessment, "TI5.5"),
        {
            "answer": "dont_know",
            "evidence": "3",
            "reason_kind": "MARKET",
            "reason": "Perhaps.",
            "version": "0",
        },
    )

    row = Response.objects.get()
    assert (row.evidence, row.reason_kind, row.reason) == (0, "", "Perhaps.")
    assert answers.in_file(row) == {"dont_know": True}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "answer"),
        ({"answer": "5"}, "answer"),
        ({"answer": "not_applicable", "reason_kind": "OTHER", "reason": REASON}, "answer"),
        ({"answer": ["3", "dont_know"]}, "answer"),
        ({"answer": "3", "evidence": "4"}, "evidence"),
        ({"answer": "3", "evidence": "x"}, "evidence"),
        ({"answer": "3", "note": "a" * 4001}, "note"),
        ({"answer": "3", "note": "a\x00b"}, "note"),
        ({"answer": "3", "version": "-1"}, "version"),
        ({"answer": "3", "version": "9" * 40}, "version"),
        ({"answer": "3", "version": "x"}, "version"),
    ],
)
def test_what_does_not_fit_is_one_error_at_its_field(
    owner: Membership, assessment: Assessment, said: dict[str, Any], field: str
) -> None:
    page = signed_in(owner.user).post(item_url(assessment), {"version": "0"} | said)

    assert page.status_code == 200
    assert {name: len(errors) for name, errors in page.context["form"].errors.items()} == {field: 1}
    assert Response.objects.count() == 0
    assert ">Error:" in page.content.decode() or "Error: EG1.1" in text_of(page)


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({"reason": REASON}, ["reason_kind"]),
        ({"reason_kind": "OTHER", "reason": "Too short."}, ["reason"]),
        ({"reason_kind": "OTHER"}, ["reason"]),
        ({"reason": "Too short."}, ["reason_kind", "reason"]),  # both at once
    ],
)
def test_not_applicable_gives_its_reason(
    owner: Membership, assessment: Assessment, said: dict[str, str], fields: list[str]
) -> None:
    page = signed_in(owner.user).post(
        item_url(assessment, "TI5.5"), {"answer": "not_applicable", "version": "0"} | said
    )

    assert list(page.context["form"].errors) == fields
    assert Response.objects.count() == 0


def test_what_was_typed_survives_an_error(owner: Membership, assessment: Assessment) -> None:
    note = "Kept <b>word</b> for word."

    page = signed_in(owner.user).post(item_url(assessment), {"note": note, "version": "0"})

    assert "Kept &lt;b&gt;word&lt;/b&gt; for word." in page.content.decode()


def test_an_unmet_prerequisite_warns_and_asks_for_a_note(
    owner: Membership, assessment: Assessment
) -> None:
    client = signed_in(owner.user)
    client.post(item_url(assessment), {"answer": "1", "version": "0"})
    page = text_of(client.get(item_url(assessment, "EG1.2")))
    assert "A level of 3 or 4 here is hard to credit" in page
    assert "1 Initial Too low" in page

    said = {"answer": "3", "version": "0"}
    refused = client.post(item_url(assessment, "EG1.2"), said)
    assert refused.context["form"].errors == {
        "note": ["Say in the note why EG1.2 is at 3 while EG1.1 is at 0 or 1."]
    }
    saved = client.post(item_url(assessment, "EG1.2"), said | {"note": "It is older."})
    assert saved.status_code == 302


def test_a_clash_shows_both_answers_and_lets_the_person_choose(
    owner: Membership, assessment: Assessment
) -> None:
    colleague = MembershipFactory(
        organisation=owner.organisation, role=Role.CONTRIBUTOR, user=UserFactory(name="Carl Otieno")
    )
    client, other = signed_in(owner.user), signed_in(colleague.user)
    mine = {"answer": "4", "evidence": "3", "note": "Audited in May.", "version": "0"}
    other.post(item_url(assessment), {"answer": "2", "note": "Draft only.", "version": "0"})

    clash = client.post(item_url(assessment), mine)

    assert clash.status_code == 409
    assert "<title>Not saved: EG1.1" in clash.content.decode()
    assert 'role="alert" tabindex="-1" data-focus' in clash.content.decode()
    page = text_of(clash)
    assert "Carl Otieno saved another answer" in page
    assert "4 Assured" in page
    assert "2 Defined" in page
    assert "Draft only." in page
    assert "Audited in May." in page
    assert Response.objects.get().rating == 2
    form = clash.context["form"]
    assert (form["answer"].value(), form["version"].value()) == ("4", "1")

    again = client.post(item_url(assessment), mine | {"version": form["version"].value()})
    assert again.status_code == 302
    assert Response.objects.get().rating == 4
    assert [event.answer["note"] for event in ResponseEvent.objects.all()] == [
        "Draft only.",
        "Audited in May.",
    ]


def test_an_answer_after_submission_is_shown_back_to_its_author(
    owner: Membership, assessment: Assessment
) -> None:
    answer(assessment)
    client = signed_in(owner.user)
    client.post(check_url(assessment), SUBMITTER)

    late = client.post(
        item_url(assessment), {"answer": "4", "note": "Seen too late.", "version": "1"}
    )

    assert late.status_code == 409
    assert "Seen too late." in text_of(late)
    assert Response.objects.get(item="EG1.1").rating == 3


def test_pages_of_a_submitted_assessment_are_read_only(
    owner: Membership, assessment: Assessment
) -> None:
    answer(assessment, note="As the board decided.")
    client = signed_in(owner.user)
    client.post(check_url(assessment), SUBMITTER)

    page = client.get(item_url(assessment))

    assert "form" not in page.context
    assert b"<form" not in page.content
    assert "As the board decided." in text_of(page)
    assert client.get(check_url(assessment)).status_code == 302


def test_a_change_from_the_check_page_leads_back_there(
    owner: Membership, assessment: Assessment
) -> None:
    answer(assessment)
    client = signed_in(owner.user)
    address = item_url(assessment) + "?from=check"
    assert address in client.get(check_url(assessment)).content.decode()

    saved = client.post(address, {"answer": "2", "version": "1"})

    assert saved["Location"] == check_url(assessment)


@pytest.mark.parametrize("where", ["//evil.example/", "https://evil.example/", "javascript:x"])
def test_saving_leads_to_pages_of_the_assessment_only(
    owner: Membership, assessment: Assessment, where: str
) -> None:
    saved = signed_in(owner.user).post(
        item_url(assessment) + f"?from={where}&next={where}",
        {"answer": "2", "version": "0", "then": where, "next": where},
    )

    assert saved["Location"] == item_url(assessment, "EG1.2")


@pytest.mark.parametrize(
    "code", ["EG3.2", "XX1.1", "eg1.1", "EG1.1 ", "%00", "..", "1%27%20or%201=1", "é" * 50]
)
def test_an_item_that_is_not_asked_is_not_there(
    owner: Membership, assessment: Assessment, code: str
) -> None:
    client = signed_in(owner.user)
    address = tasks_url(assessment) + f"items/{code}/"

    assert client.get(address).status_code == 404
    assert client.post(address, {"answer": "3", "version": "0"}).status_code == 404
    assert Response.objects.count() == 0


def test_items_of_a_questionnaire_that_is_not_taken_are_not_there(owner: Membership) -> None:
    assessment = AssessmentFactory(organisation=owner.organisation, modules=["IS"])
    client = signed_in(owner.user)

    assert client.get(item_url(assessment, "IS1.1")).status_code == 200
    assert client.get(item_url(assessment, "EG1.1")).status_code == 404


def large_instrument() -> instrument.Instrument:
    """Return the shipped edition with every capability seventeen times: 1,870 items."""
    document = dict(shipped_instrument().document, version="9.9.9")
    dimensions = []
    for dimension in document["dimensions"]:
        capabilities = []
        for copy in range(17):
            for part in dimension["capabilities"]:
                code = f"{part['code']}{copy:02}"
                items = [
                    {**item, "code": f"{code}.{place}", "depends_on": []}
                    for place, item in enumerate(part["items"], 1)
                ]
                capabilities.append({**part, "code": code, "items": items})
        dimensions.append({**dimension, "capabilities": capabilities})
    return core_loading.parse({**document, "dimensions": dimensions}, checked=True)
