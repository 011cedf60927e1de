from __future__ import annotations

import pytest

from assessments.disclosure.submissions import InvalidSubmissions, Submission, Submissions
from tests.assessments.disclosure.markets import submission, without

# Submissions


def test_scores_are_rounded_to_whole_points_halves_up() -> None:
    columns = Submissions.from_rows([submission(1, 49.5), submission(2, 49.4)])
    assert columns.scores["declared"][0].tolist() == [50, 49]


def test_index_needs_all_five_dimensions() -> None:
    rows = [submission(1), without(submission(2), "IN"), without(submission(3), "IN3")]
    columns = Submissions.from_rows(rows)
    assert columns.rated("declared", "index").tolist() == [True, False, True]
    assert columns.rated("declared", "EG").tolist() == [True, True, True]
    assert columns.rated("verified", "index").tolist() == [False, False, False]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([submission(1), submission(1, main_role=False)], "two submissions of one type"),
        ([submission(1), submission(1, respondent_type="EX")], "two main roles"),
        ([submission(1, levels={})], "a score without a level"),
        ([submission(1, 101)], "not between 0 and 100"),
        ([submission(1, respondent_type="XX")], "'XX' is no respondent_type"),
        ([submission(1, market=None)], "None is no market"),
    ],
)
def test_contradictions_are_refused(rows: list[Submission], problem: str) -> None:
    with pytest.raises(InvalidSubmissions, match=problem):
        Submissions.from_rows(rows)


def test_without_a_main_role_the_first_type_counts() -> None:
    roles = [("PD", False), ("EX", False), ("NR", False)]
    rows = [submission(1, respondent_type=code, main_role=main) for code, main in roles]
    assert Submissions.from_rows(rows).main_role.tolist() == [False, True, False]
