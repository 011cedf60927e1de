"""D8: whatever order three people open and save in, nobody overwrites what they have not seen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from assessments.answering import actions as answering
from assessments.answering import queries
from assessments.answering.models import Response, ResponseEvent
from portal.accounts.models import Role
from tests.factories import AssessmentFactory, MembershipFactory
from tests.promises.conftest import Figure
from tests.promises.counts import count

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

RUNS = count(25, 2000)
VERSION = re.compile(r'name="version" value="(\d+)"')
EDITORS = st.integers(0, 2)
ITEMS = st.integers(0, 1)
# Few enough that two people say the same now and then.
WORDS = st.sampled_from(["alpha", "bravo", "charlie", "delta"])
RATINGS = st.integers(1, 2)
LOOK = settings(
    max_examples=RUNS,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

Said = tuple[int, str]  # rating and note


class Editors(RuleBasedStateMachine):
    """Three people and two questions, beside a plain account of what must be stored."""

    outcomes: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        assessment = AssessmentFactory()
        self.clients = [Client(), Client(), Client()]
        for client, role in zip(
            self.clients, (Role.OWNER, Role.CONTRIBUTOR, Role.CONTRIBUTOR), strict=True
        ):
            membership = MembershipFactory(organisation=assessment.organisation, role=role)
            client.force_login(membership.user)
        self.assessment = assessment
        self.items = list(queries.items_of(assessment))[:2]
        self.history: list[list[Said]] = [[], []]  # of each question, save by save
        self.seen: dict[tuple[int, int], int] = {}  # editor and question to version

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def address(self, item: int) -> str:
        return reverse("assessments:item", args=[self.assessment.pk, self.items[item]])

    @rule(editor=EDITORS, item=ITEMS)
    def open(self, editor: int, item: int) -> None:
        page = self.clients[editor].get(self.address(item)).content.decode()
        self.seen[editor, item] = version_in(page)

        assert self.seen[editor, item] == len(self.history[item])
        if self.history[item]:
            assert self.history[item][-1][1] in page

    @rule(editor=EDITORS, item=ITEMS, rating=RATINGS, note=WORDS)
    def save(self, editor: int, item: int, rating: int, note: str) -> None:
        """Save on top of what this editor saw last, which may be nothing yet."""
        history, said = self.history[item], (rating, note)
        base = self.seen.get((editor, item), 0)
        form = {"answer": str(rating), "evidence": "0", "note": note, "version": str(base)}
        response = self.clients[editor].post(self.address(item), form)
        page = response.content.decode()
        if history and history[-1] == said:
            self.note("the same", response.status_code == 302)
            self.seen[editor, item] = len(history)  # as the next look shows
        elif base == len(history):
            self.note("saved", response.status_code == 302)
            history.append(said)
            self.seen[editor, item] = len(history)
        else:
            told = response.status_code == 409 and note in page and history[-1][1] in page
            self.note("told of a clash", told)
            self.seen[editor, item] = version_in(page)
            assert self.seen[editor, item] == len(history)

    def note(self, what: str, is_so: bool) -> None:
        assert is_so, what
        self.outcomes[what] += 1

    @invariant()
    def nothing_is_overwritten(self) -> None:
        """What is stored is the last save, and every save before it is in the history."""
        stored = {row.item: row for row in Response.objects.filter(assessment=self.assessment)}
        for item, history in zip(self.items, self.history, strict=True):
            events = ResponseEvent.objects.filter(assessment=self.assessment, item=item)
            kept = [(row.version, said_in(row.answer)) for row in events.order_by("version")]
            assert kept == list(enumerate(history, 1))
            if history:
                row = stored[item]
                assert (row.version, (row.rating, row.note)) == (len(history), history[-1])
            else:
                assert item not in stored


def version_in(page: str) -> int:
    [version] = VERSION.findall(page)
    return int(version)


def said_in(answer: dict[str, Any]) -> Said:
    return answer["rating"], answer["note"]


def test_nobody_overwrites_what_they_have_not_seen(figure: Figure) -> None:
    Editors.outcomes = Counter()
    run_state_machine_as_test(Editors, settings=LOOK)

    outcomes = Editors.outcomes
    figure(
        f"D8 {connection.vendor}: 0 silent overwrites in {RUNS} runs of three editors; "
        f"{outcomes['saved']} saves, {outcomes['told of a clash']} clashes told with both texts, "
        f"{outcomes['the same']} that said the same"
    )
    assert min(map(outcomes.__getitem__, ("saved", "told of a clash", "the same"))) > RUNS // 4


def test_saving_on_top_of_anything_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Red first: without the version a save builds on whatever is stored."""
    save: Callable[..., int] = answering.save_response
    monkeypatch.setattr(
        answering, "save_response", lambda **values: save(**{**values, "base_version": None})
    )

    with pytest.raises(AssertionError, match="told of a clash"):
        run_state_machine_as_test(Editors, settings=settings(LOOK, max_examples=20))
