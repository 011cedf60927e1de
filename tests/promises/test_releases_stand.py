"""T3 and T4 as anybody would: nothing that is published moves before the next release.

Whatever others do, everything that everybody reads, and all that a respondent who does nothing
reads of itself, stays the same to the byte. Whoever submits again and again learns what the
public look-up says, and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from dataclasses import replace
from functools import cache, partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from assessments.answering import answers
from assessments.answering.models import Assessment, Wave
from assessments.benchmarks import eligibility, queries
from assessments.benchmarks.actions import audits, publishing
from assessments.benchmarks.models import BenchmarkRelease, ReleaseCandidate
from assessments.disclosure import peers
from assessments.disclosure.document import ReleaseDocument
from assessments.disclosure.release import build_release
from assessments.reports import building as reports
from assessments.reports import loading as reading
from assessments.reports import loading as reports_loading
from assessments.reports.profile.build import build_profile
from assessments.reports.profile.inputs import Release
from assessments.reports.profile.units import Unit
from assessments.reports.profile.values import Profile
from tests.promises import market as markets
from tests.promises.conftest import Figure
from tests.promises.counts import count
from tests.promises.market import REGION, Market

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

STEPS = count(12, 300)  # while the period is open, and half as many after its close
SUBMISSIONS = count(12, 1000)  # of one account


@pytest.fixture
def market() -> Market:
    return markets.build()


@cache
def live(sha256: str) -> ReleaseDocument:
    """The weaker variant: a release computed, once a process, from what is submitted by now."""
    release = BenchmarkRelease.objects.get()
    waves = list(Wave.objects.all())
    return build_release(
        eligibility.eligible_submissions(waves, series="market", edition=release.edition),
        release_id=release.code,
        series="market",
        wave=release.wave.code,
        instrument={"code": "cmi-maturity", "version": "1", "sha256": release.edition.sha256},
        scoring="cmi-score 1.0",
        closed_date=release.wave.closes_date,
        published_date=release.published_at.date(),
    )


def test_nothing_moves_between_releases(market: Market, figure: Figure) -> None:
    before, built = markets.everything(market), rebuilt(market)
    dice = random.Random(3)
    done = Counter(markets.do_something(market, dice) for _ in range(STEPS))
    while_open = markets.changed(before, markets.everything(market))

    markets.close(market)
    late = [markets.leave, markets.take_back, markets.change_hands, markets.lose_verification]
    done.update(dice.choice(late)(market, dice) for _ in range(STEPS // 2))
    audit(market)
    publishing.publish_due_releases(at=now())
    after = markets.everything(market)
    after_close = markets.changed(before, after)

    moved = while_open + after_close + (["the report, built again"] * (built != rebuilt(market)))
    figure(
        f"T3: {len(moved)} of {len(before)} answers moved in {sum(done.values())} changes by "
        f"others ({', '.join(f'{number} {what}' for what, number in sorted(done.items()))})"
    )
    assert len([path for path, (status, *_rest) in before.items() if status == 200]) > 100
    assert len(done) == 6
    assert moved == []


def rebuilt(market: Market) -> str:
    """Return the hash of the respondent's report, laid out once more from the rows there are."""
    market.report.refresh_from_db()
    return reports.build(market.report, on_progress=lambda percent, stage: None).sha256


def audit(market: Market) -> None:
    """Have the period that just closed audited, as a steward may on the next day."""
    candidate = audits.queue_candidate(wave=market.open, by=market.steward, at=now())
    audits.audit_candidate(candidate_id=candidate.pk, clock=now)
    candidate.refresh_from_db()
    assert candidate.state in {ReleaseCandidate.State.AUDITED, ReleaseCandidate.State.FAILED}


def test_a_release_that_is_computed_live_would_be_noticed(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Red first: with the query of what enters a release consulted for each reader."""
    monkeypatch.setattr(queries, "document_hashed", live)
    before = markets.everything(market)
    for organisation in market.newcomers[:6]:
        markets.submitted_by(market, organisation, rating=4)
    moved = markets.changed(before, markets.everything(market))

    assert "/benchmarks/" in moved
    assert f"/api/v1/releases/{market.release.code}/cohorts/type:RG/data" in moved


# One account that submits again and again


def test_submitting_again_is_no_oracle(market: Market, figure: Figure) -> None:
    before = markets.everything(market)
    [prober, *_others] = market.newcomers
    public = published(market)
    dice, differing, seen = random.Random(4), 0, dict[str, set[Any]]()
    for number in range(SUBMISSIONS):
        # From all low to all high, so that every place is come by.
        ratings = partial(dice.randint, number % 4, min(4, number % 4 + 2))
        assessment = markets.submitted_by(market, prober, rating=ratings)
        shown = shown_to(market, assessment)
        differing += shown != looked_up(assessment, public)
        for unit in shown.peer_rows:
            place = (unit.peers.place, unit.peers.near_edge) if unit.peers else None
            seen.setdefault(unit.code, set()).add(place)

    moved = markets.changed(before, markets.everything(market))
    most = max(map(len, seen.values()))
    figure(
        f"T4: {differing} of {SUBMISSIONS} submissions of one account showed anything but the "
        f"public look-up; {most} different places at most; {len(moved)} public answers moved"
    )
    assert (differing, moved) == (0, [])
    assert 1 < most <= 8  # quarters, near an edge or not


def published(market: Market) -> Release:
    """Return the release as anybody reads it."""
    content = Client().get(f"/api/v1/releases/{market.release.code}/data").content
    document = json.loads(content)
    return Release(
        code=document["id"],
        sha256=hashlib.sha256(content).hexdigest(),
        document=document,
        is_demonstration=document["synthetic"],
    )


def shown_to(market: Market, assessment: Assessment) -> Profile:
    """Return all that the respondent's result page is made of."""
    client = market.owner_of(assessment.organisation)
    response = client.get(reverse("assessments:result", args=[assessment.pk]))
    assert response.status_code == 200
    profile: Profile = response.context["profile"]
    return profile


def looked_up(assessment: Assessment, public: Release) -> Profile:
    """Return the same from what is public and the respondent's own rows."""
    result = assessment.results.get()
    own = reports_loading.profile_of(result, None)
    found = build_profile(
        subject=own.subject,
        instrument=assessment.edition.content,
        result=json.loads(result.document),
        result_sha256=own.result_sha256,
        answers={row.item: answers.of_row(row) for row in assessment.responses.all()},
        release=public,
        before=None,
        advice={},
    )
    for unit in found.peer_rows:
        check(unit, public.document)
    guided = (
        replace(step, peers=looked.peers) for step, looked in zip(own.plan, found.plan, strict=True)
    )
    return replace(found, plan=tuple(guided))  # with the guidance, which is no comparison


def check(unit: Unit, public: ReleaseDocument) -> None:
    """Look one score up as the API's address for it does."""
    measure = unit.code or "index"
    found = peers.resolve(public, respondent_type="RG", region=REGION, measure=measure)
    if found.used is None:
        assert unit.peers is None
        return
    row = peers.observation_of(public, cohort=found.used, measure=measure)
    place = peers.place_of(unit.score, row)
    assert row
    assert place
    assert unit.peers
    assert (unit.q1, unit.median, unit.q3) == (row["q1"], row["median"], row["q3"])
    assert unit.uncertain == place.near_edge


def test_a_comparison_that_takes_the_reader_in_would_be_noticed(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Red first: with a release that counts whoever has just submitted."""
    monkeypatch.setattr(
        reading, "_release", lambda row: replace(published(market), document=live(str(now())))
    )
    [prober, *others] = market.newcomers
    for organisation in others[:6]:
        markets.submitted_by(market, organisation, rating=0)
    assessment = markets.submitted_by(market, prober, rating=0)

    assert shown_to(market, assessment) != looked_up(assessment, published(market))
