"""Publishing a release: what enters it, when it may appear, and that it never changes."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse

from assessments.benchmarks import eligibility, queries, tasks
from assessments.benchmarks.actions import computing, decisions, notes, publishing
from assessments.benchmarks.models import BenchmarkRelease, Observation, ReleaseCandidate
from assessments.core.documents import sha256
from assessments.disclosure.release import RULES, RULES_OF_THE_AUDIT
from assessments.disclosure.submissions import Submission
from assessments.questionnaires.models import content_of
from portal.accounts.models import Organisation
from portal.web import pages
from publications.models import Publication
from tests.assessments.market import (
    AFTER,
    DURING,
    audited,
    market_of,
    organisations,
    released,
    submitted,
    wave,
)
from tests.factories import EditionFactory, steward

pytestmark = pytest.mark.django_db

MARKET, DEMO = BenchmarkRelease.Series.MARKET, BenchmarkRelease.Series.DEMO


def publish(period: Any, *, at: datetime = AFTER) -> BenchmarkRelease:
    return released(period, at=at)


def eligible(period: Any, *, series: str = MARKET) -> list[Submission]:
    return eligibility.eligible_submissions([period], series=series, edition=EditionFactory())


def test_a_release_is_stored_with_its_hash_and_observations() -> None:
    period = wave()
    market_of(12, period, rating=2)

    release = publish(period)

    document = json.loads(release.document)
    assert release.code == "2025-W1"
    assert release.sha256 == sha256(document)
    assert document["synthetic"] is False
    assert document["instrument"]["sha256"] == release.edition.sha256
    rows = list(Observation.objects.filter(release=release))
    assert [
        {"cohort": row.cohort, "measure": row.measure, "view": row.view, **row.figures}
        for row in rows
    ] == document["observations"]
    index = rows[0]
    assert (index.cohort, index.measure, index.view) == ("all", "index", "declared")
    assert index.figures["median"] == 50
    assert index.figures["n_band"] == "10-14"
    assert index.figures["n"] is None


def test_publishing_again_changes_nothing() -> None:
    real, demo = wave(), wave(demonstration=True)
    market_of(10, real)
    market_of(10, demo, is_demonstration=True)
    first, second = publish(real), publish(demo)
    market_of(5, real, rating=4)
    market_of(5, demo, rating=4, is_demonstration=True)

    with pytest.raises(computing.ReleaseRefused, match="2025-W1 is published already"):
        publish(real, at=AFTER + timedelta(days=1))
    assert publish(demo, at=AFTER + timedelta(days=1)) == second

    documents = dict(BenchmarkRelease.objects.values_list("code", "document"))
    assert documents == {each.code: each.document for each in (first, second)}


def test_nothing_is_computed_of_an_open_wave() -> None:
    period = wave()
    market_of(10, period)

    with pytest.raises(computing.ReleaseRefused, match="is open until 2025-12-31"):
        publish(period, at=datetime(2025, 12, 31, 23, tzinfo=UTC))

    assert not ReleaseCandidate.objects.exists()


def test_a_release_waits_until_thirty_days_after_the_close() -> None:
    period = wave()
    market_of(10, period)
    soon, due = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 30, tzinfo=UTC)
    candidate = audited(period, at=soon)
    decisions.approve_candidate(candidate=candidate, by=steward(), at=soon)
    second = steward()

    with pytest.raises(decisions.DecisionRefused, match="may appear from 2026-01-30"):
        decisions.schedule_candidate(
            candidate=candidate, by=second, on=(due - timedelta(days=1)).date(), at=soon
        )
    decisions.schedule_candidate(candidate=candidate, by=second, on=due.date(), at=soon)

    assert publishing.publish_due_releases(at=due - timedelta(hours=1)) == []
    assert [each.code for each in publishing.publish_due_releases(at=due)] == ["2025-W1"]
    assert json.loads(BenchmarkRelease.objects.get().document)["published_date"] == "2026-01-30"


def test_a_release_is_refused_in_the_other_series() -> None:
    for period, series, words in (
        (wave(), DEMO, "belongs to the market series"),
        (wave(demonstration=True), MARKET, "belongs to the demo series"),
        (wave(2024), MARKET, "approved by one steward and published by another"),
    ):
        with pytest.raises(computing.ReleaseRefused, match=words):
            publishing.publish_release(wave=period, series=series, at=AFTER)


@pytest.mark.parametrize(
    "tenth",
    [
        {"verified_at": None},
        {"is_demonstration": True},
        {"consents_to_benchmark": False},
        {"submitted_at": None},
        {"at": datetime(2026, 1, 1, tzinfo=UTC)},  # the moment after the close
    ],
)
def test_who_may_not_be_counted_is_not(tenth: dict[str, Any]) -> None:
    period = wave()
    market_of(9, period)
    market_of(1, period, **tenth)

    with pytest.raises(computing.ReleaseRefused, match="fewer than 10 organisations"):
        publish(period)

    market_of(1, period, at=datetime(2025, 12, 31, 23, 59, tzinfo=UTC))
    assert publish(period).code == "2025-W1"


def test_synthetic_and_real_organisations_never_meet_in_a_release() -> None:
    """Even rows that no action would make, a synthetic one in a market wave, stay apart."""
    real, demo = wave(), wave(demonstration=True)
    market_of(10, real, rating=2)
    market_of(10, demo, rating=1, is_demonstration=True)
    with transaction.atomic():
        alone = [json.loads(publish(real).document), json.loads(publish(demo).document)]
        transaction.set_rollback(True)
    market_of(10, real, rating=4, is_demonstration=True)
    market_of(10, demo, rating=4)

    mixed = [json.loads(publish(real).document), json.loads(publish(demo).document)]

    assert mixed == alone
    assert [document["synthetic"] for document in mixed] == [False, True]
    assert {(s.scores["declared"]["index"]) for s in eligible(real)} == {50.0}
    assert {round(s.scores["declared"]["index"] or 0) for s in eligible(demo, series=DEMO)} == {25}
    assert mixed[1]["id"].startswith("demo-")


def test_the_last_submission_of_an_organisation_and_type_counts() -> None:
    period = wave()
    [entity] = organisations(1)
    submitted(entity, period, rating=4, at=DURING + timedelta(days=2))
    submitted(entity, period, rating=0, at=DURING)
    submitted(entity, period, rating=1, at=DURING + timedelta(days=1))
    submitted(entity, period, rating=3, respondent_type="SB", at=DURING, is_main_role=False)

    found = {each.respondent_type: each for each in eligible(period)}

    assert found.keys() == {"RG", "SB"}
    assert found["RG"].scores["declared"]["index"] == pytest.approx(100)
    assert found["RG"].levels["declared"]["index"] == 3
    assert (found["RG"].main_role, found["SB"].main_role) == (True, False)


def test_a_last_submission_that_takes_consent_back_takes_the_organisation_out() -> None:
    period = wave()
    [entity] = organisations(1)
    submitted(entity, period, at=DURING)
    submitted(entity, period, at=DURING + timedelta(days=1), consents_to_benchmark=False)

    assert eligible(period) == []


def test_of_two_main_roles_the_one_submitted_last_is_it() -> None:
    period = wave()
    [entity] = organisations(1)
    submitted(entity, period, respondent_type="SB", at=DURING)
    submitted(entity, period, respondent_type="RG", at=DURING + timedelta(days=1))

    assert [(s.respondent_type, s.main_role) for s in eligible(period)] == [
        ("SB", False),
        ("RG", True),
    ]


def test_an_authority_without_a_registry_is_a_type_of_its_own() -> None:
    period = wave()
    [entity] = organisations(1)
    submitted(entity, period, respondent_type="NR", operates_registry=False)

    [found] = eligible(period)

    assert found.respondent_type == "NR-A"
    assert (found.region, found.income_group) == ("sub-saharan-africa", "lower-middle")


def test_a_dimension_with_many_unknown_answers_is_out_of_its_measures() -> None:
    period = wave()
    [entity] = organisations(1)
    submitted(entity, period, unknown=("EG1.1", "EG1.2", "EG1.3", "EG2.1"))

    [found] = eligible(period)

    scores = found.scores["declared"]
    assert scores.keys().isdisjoint({"index", "EG", "EG1", "EG5"})
    assert scores["TI"] == 50
    assert scores["TI1"] == 50
    assert found.minimum_standards_met["declared"] is None


def test_questionnaires_that_were_not_taken_leave_dimensions_and_index_out() -> None:
    period = wave()
    [entity] = organisations(1)
    assessment = submitted(entity, period, modules=["EG"])
    document = json.loads(assessment.results.get().document)
    for part in ("coverage",):
        document[part] = {"EG": document[part]["EG"]}
    assessment.results.create(
        document=json.dumps(document), engine="cmi-score 1.1", sha256="0" * 64, created_at=DURING
    )

    [found] = eligible(period)

    assert {code[:2] for code in found.scores["declared"]} == {"EG"}


def test_a_subsidiary_and_its_parent_are_one_owner() -> None:
    period = wave()
    [parent] = organisations(1, name="Holding  Ltd")
    [child] = organisations(1, name="Child", ultimate_owner="holding ltd", adviser="An Adviser")
    submitted(parent, period)
    submitted(child, period)

    owners = [(each.owner, each.adviser) for each in eligible(period)]

    assert owners == [("holding ltd", None), ("holding ltd", "an adviser")]


def test_submissions_are_read_in_one_query(django_assert_num_queries: Any) -> None:
    period = wave()
    market_of(1, period)
    edition = EditionFactory()
    for number in (1, 3):
        with django_assert_num_queries(1):
            found = eligibility.eligible_submissions([period], series=MARKET, edition=edition)
        assert len(found) == number
        market_of(2, period)


def test_submissions_too_few_for_a_release_move_into_the_next() -> None:
    first, second, third = wave(2023), wave(2024), wave(2025)
    market_of(6, first)
    market_of(6, second)
    market_of(10, third)

    with pytest.raises(computing.ReleaseRefused, match="fewer than 10"):
        publish(first)
    release = publish(second)

    n_bands = [row["n_band"] for row in json.loads(release.document)["cohorts"][:1]]
    assert n_bands == ["10-14"]
    with pytest.raises(computing.ReleaseRefused, match="have moved into 2024-W1"):
        publish(first)
    # What is in one release is not in the next.
    assert [each.code for each in eligibility.waves_of_release(third)] == ["2025-W1"]


def test_an_earlier_wave_that_is_due_is_released_first() -> None:
    first, second = wave(2024), wave(2025)
    market_of(10, first)
    market_of(10, second)

    with pytest.raises(computing.ReleaseRefused, match="Release it before 2025-W1"):
        publish(second)

    assert [publish(period).code for period in (first, second)] == ["2024-W1", "2025-W1"]


def test_the_scheduler_queues_the_market_and_publishes_the_demonstration(
    caplog: pytest.LogCaptureFixture,
) -> None:
    market_of(10, wave(2023))
    market_of(10, wave(2001, demonstration=True), is_demonstration=True)
    market_of(3, wave(2002, demonstration=True), is_demonstration=True)
    market_of(10, wave(9998))

    with caplog.at_level("INFO"):
        tasks.publish_benchmarks(later_argument=1)
        tasks.publish_benchmarks()

    releases = BenchmarkRelease.objects.values_list("code", "series")
    assert list(releases) == [("demo-2001-W1", "demo")]
    candidates = ReleaseCandidate.objects.exclude(state="PUBLISHED")
    assert [(each.wave.code, each.state) for each in candidates] == [("2023-W1", "QUEUED")]
    assert "demo-2002-W1 has fewer than 10" in caplog.text


def test_a_release_names_nobody() -> None:
    period = wave()
    entities = [*organisations(10), *organisations(1, name="Canary", ultimate_owner="Yellowbird")]
    for entity in entities:
        submitted(entity, period)

    release = publish(period)

    assert not [
        word
        for entity in Organisation.objects.all()
        for word in (entity.name, str(entity.pk), entity.ultimate_owner)
        if word and word in release.document
    ]


def test_the_command_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    period, demo = wave(2024), wave(2024, demonstration=True)
    market_of(10, period)
    market_of(10, demo, is_demonstration=True)
    call_command("publish_benchmark", "2024-W1")
    said = capsys.readouterr().out
    assert said.startswith("2024-W1 is audited. One steward approves it and another has it")
    assert not BenchmarkRelease.objects.exists()
    call_command("publish_benchmark", "demo-2024-W1")
    assert capsys.readouterr().out.startswith("demo-2024-W1 is published since ")
    call_command("publish_benchmark")
    assert capsys.readouterr().out == "Nothing is due.\n"
    released(period)
    call_command("publish_benchmark", "2024-W1")
    assert capsys.readouterr().out.startswith("2024-W1 is published since ")
    with pytest.raises(CommandError, match=r"no wave '2024-W2'. Known waves: 2024-W1"):
        call_command("publish_benchmark", "2024-W2")
    wave(9998)
    with pytest.raises(CommandError, match="is open until 9998-12-31"):
        call_command("publish_benchmark", "9998-W1")
    wave(2023)
    with pytest.raises(CommandError, match="moved into 2024-W1"):
        call_command("publish_benchmark", "2023-W1")


# The pages


def test_without_a_release_the_page_says_what_will_be_here(client: Any) -> None:
    page = client.get(reverse("assessments:benchmarks"))

    assert page.status_code == 200
    assert "There is no benchmark release yet." in page.content.decode()


def test_the_page_shows_the_market_and_never_calls_it_a_demonstration(client: Any) -> None:
    demo, real = wave(demonstration=True), wave()
    market_of(10, demo, is_demonstration=True, rating=4)
    publish(demo)
    before = client.get(reverse("assessments:benchmarks")).content.decode()
    market_of(10, real)
    publish(real)
    pages.forget()  # as a second later
    after = client.get(reverse("assessments:benchmarks")).content.decode()

    assert "Demonstration: computed from synthetic organisations." in before
    assert "demo-2025-W1" in before
    assert "Demonstration" not in after
    assert "ynthetic" not in after
    assert "2025-W1" in after
    assert BenchmarkRelease.objects.get(series=MARKET).sha256 in after


def test_the_page_shows_the_cohort_asked_for(client: Any) -> None:
    period = wave()
    market_of(20, period, rating=2)
    market_of(20, period, rating=3, respondent_type="SB")
    publish(period)

    def page(query: str) -> str:
        content: str = client.get(reverse("assessments:benchmarks") + query).content.decode()
        return content

    registries = page("?cohort=type:RG")
    assert '<h2 id="group">Registries</h2>' in registries
    assert "20–29 organisations." in registries
    assert "Legal basis and mandate" in registries  # capabilities within one type
    everyone = page("")
    assert '<h2 id="group">All organisations</h2>' in everyone
    assert "Legal basis and mandate" not in everyone
    for junk in ("?cohort=type:XX", "?cohort=%00", "?cohort=%FF", "?cohort=type:RA&view=x"):
        shown = page(junk)
        assert "This release has no such group" in shown
        assert '<h2 id="group">All organisations</h2>' in shown


def test_a_reader_finds_their_kind_and_is_told_what_is_shown_instead(client: Any) -> None:
    period = wave()
    market_of(20, period, rating=2)  # registries in Sub-Saharan Africa
    market_of(20, period, rating=3, respondent_type="SB")
    publish(period)

    def page(query: str) -> str:
        content: str = client.get(reverse("assessments:benchmarks") + query).content.decode()
        return content

    exact = page("?type=RG&place=")
    assert '<h2 id="group">Registries</h2>' in exact
    assert "No separate figures are published" not in exact
    assert '<option value="RG" selected>' in exact
    assert "Half of them stand between" in exact
    assert "could move by" in exact
    instead = page("?type=RG&place=region:north-america")
    assert "No separate figures are published for Registries · North America." in instead
    assert "Registries · North America (not published)" in instead
    assert "Registries (used)" in instead
    nobody = page("?type=VB&place=market:compliance")
    assert "Validation and verification bodies (not published)" in nobody
    assert '<h2 id="group">All organisations</h2>' in nobody
    for junk in ("?type=XX", "?place=region:atlantis", "?type=%00&place=%FF:x", "?place=:"):
        assert '<h2 id="group">All organisations</h2>' in page(junk)


def test_two_waves_stand_side_by_side(client: Any, django_assert_num_queries: Any) -> None:
    first, second = wave(2024), wave(2025)
    for period, rating in ((first, 1), (second, 3)):
        market_of(20, period, rating=rating)
        market_of(20, period, rating=rating, respondent_type="SB")
    released(first)
    alone = client.get(reverse("assessments:benchmarks")).content.decode()
    released(second)
    pages.forget()
    queries.text_hashed.cache_clear()
    queries.document_hashed.cache_clear()
    content_of.cache_clear()
    with django_assert_num_queries(4):  # releases with notes, both documents, the edition
        page = client.get(reverse("assessments:benchmarks"))
    pages.forget()
    with django_assert_num_queries(1):
        client.get(reverse("assessments:benchmarks"))
    both = page.content.decode()

    assert "Since the wave before" not in alone
    assert "Since the wave before" in both
    assert "The earlier figures are those of release 2024-W1" in both
    assert ": higher." in both
    assert 'href="?cohort=type%3ARG#group"' in both


def test_how_the_release_was_made_is_read_from_the_release(client: Any) -> None:
    address = reverse("assessments:release_method")
    assert "There is no benchmark release yet." in client.get(address).content.decode()
    period = wave()
    market_of(20, period)
    release = released(period)
    document = json.loads(release.document)
    pages.forget()

    page = client.get(address).content.decode()

    assert release.sha256 in page
    for rule in document["rules"]:
        assert f"<dt>{rule['rule']}</dt>" in page
    shown = sum(row["conf_status"] == "F" for row in document["observations"])
    rows = re.findall(r'<td class="figure">(\d+)</td><td class="figure">(\d+)</td>', page)
    assert sum(int(published) for published, _listed in rows[-4:]) == shown
    assert sum(int(listed) for _shown, listed in rows[-4:]) == len(document["observations"])
    assert "figure sets of capabilities were attacked with 0, 1, 2 insiders" in page


def test_a_release_about_too_few_owners_shows_no_figures(client: Any) -> None:
    period = wave()
    market_of(12, period, ultimate_owner="One Holding")
    publish(period)

    page = client.get(reverse("assessments:benchmarks"))

    assert page.status_code == 200
    assert "This release publishes no figures" in page.content.decode()
    assert not Observation.objects.exists()


@pytest.mark.parametrize(("name", "cold"), [("benchmarks", 3), ("method", 2)])
def test_the_pages_cost_few_queries(
    client: Any, django_assert_num_queries: Any, name: str, cold: int
) -> None:
    period = wave()
    market_of(10, period)
    publish(period)
    queries.text_hashed.cache_clear()
    queries.document_hashed.cache_clear()
    content_of.cache_clear()
    Publication.objects.create(slug="one", kind="NOTE", origin="COMPANION", position=1, title="One")

    with django_assert_num_queries(cold):
        page = client.get(reverse(f"assessments:{name}"))
    pages.forget()
    with django_assert_num_queries(1):
        again = client.get(
            reverse(f"assessments:{name}"), headers={"If-None-Match": page.headers["ETag"]}
        )
    assert again.status_code == 304


def test_the_method_shows_the_rules(client: Any) -> None:
    EditionFactory()

    page = client.get(reverse("assessments:method")).content.decode()

    for rule, _text in RULES + RULES_OF_THE_AUDIT:
        assert f"<dt>{rule}</dt>" in page
    assert "475 ÷ 7 = 67.9" in page


def test_the_page_says_what_was_corrected_and_shows_no_withdrawn_release(client: Any) -> None:
    first, second = wave(2024), wave(2025)
    market_of(10, first)
    market_of(10, second)
    released(first)
    release = released(second)

    def page() -> str:
        pages.forget()
        content: str = client.get(reverse("assessments:benchmarks")).content.decode()
        return content

    assert "Corrections" not in page()
    for kind, text in (("ERRATUM", "A label was wrong."), ("TOMBSTONE", "It was mixed up.")):
        note = notes.propose_note(release=release, kind=kind, text=text, by=steward(), at=AFTER)
        assert text not in page()
        notes.confirm_note(note=note, by=steward(), at=AFTER)
        assert text in page()

    assert release.sha256 not in page()
    assert BenchmarkRelease.objects.get(code="2024-W1").sha256 in page()


@pytest.mark.parametrize(
    ("ratings", "score", "gate", "level"),
    [  # as the method page prints them
        ((3, 3, 0, 0, 0), "42.9", "met", 2),
        ((2, 4, 4, 4, 4), "85.7", "partial", 2),
        ((1, 4, 4, 4, 4), "78.6", "failed", 1),
    ],
)
def test_the_worked_gates_of_the_method_are_what_the_scale_says(
    ratings: tuple[int, ...], score: str, gate: str, level: int
) -> None:
    scale = EditionFactory().content.scale
    weights = [scale.weights[tier] for tier in "MMAAA"]
    total = sum(w * scale.values[r] for w, r in zip(weights, ratings, strict=True))
    exact = total / sum(weights)
    found = scale.gate(min(ratings[:2]))

    assert f"{exact:.1f}" == score
    assert found.name == gate
    assert min(scale.band(exact), found.caps["capability"]) == level
