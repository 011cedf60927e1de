"""The geometry of the charts, by tables worked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.web import charts


@pytest.mark.parametrize(
    ("score", "place"),
    [(0, "2%"), (50, "50%"), (100, "98%"), (-5, "2%"), (140, "98%"), (66.3665, "65.71%")],
)
def test_a_score_has_its_place_inside_the_margins(score: float, place: str) -> None:
    assert charts.x(score) == place


@pytest.mark.parametrize(
    ("score", "shown"),
    [
        (66.3665, "66.4"),
        (66.25, "66.3"),  # halves go up, not to the even neighbour
        (66.34999999999999, "66.4"),  # 66.35 after binary arithmetic
        (0.0, "0.0"),
        (None, None),
    ],
)
def test_one_decimal(score: float | None, shown: str | None) -> None:
    assert charts.one_decimal(score) == shown


@pytest.mark.parametrize(
    ("score", "band"), [(0, 0), (19.999, 0), (20, 1), (59.9999999, 3), (79.9, 3), (100, 4)]
)
def test_the_lower_limit_belongs_to_the_band(score: float, band: int) -> None:
    assert charts.band_of(score) == band


@pytest.mark.parametrize(
    ("level", "filled"), [(None, 0), (0, 0), (1, 1), (4, 4)]
)  # fmt: skip
def test_level_steps_fill_up_to_the_level(level: int | None, filled: int) -> None:
    steps = charts.level_steps(level)

    assert sum(step.filled for step in steps) == filled
    assert [(step.x, step.y, step.height) for step in steps] == [
        (0, 9, 3),
        (7, 6, 6),
        (14, 3, 9),
        (21, 0, 12),
    ]


def test_a_position_is_drawn_and_said() -> None:
    [drawn] = charts.positions(
        [charts.Position(label="Legal basis", score=75.0, q1=45, median=60, q3=70, n_band="20–29")]
    )

    assert (drawn.dot, drawn.band_start, drawn.band_width, drawn.median) == (
        "74%",
        "45.2%",
        "24%",
        "59.6%",
    )
    assert drawn.words == (
        "Legal basis: your score is 75.0. The middle half of 20–29 peers lies between 45 and 70, "
        "the median at 60."
    )


def test_the_marks_are_named_once_and_on_the_first_full_row() -> None:
    drawn = charts.positions(
        [
            charts.Position(label="A", score=None, q1=40, median=50, q3=60),
            charts.Position(label="B", score=80.0),
            charts.Position(label="C", score=80.0, q1=40, median=50, q3=60),
            charts.Position(label="D", score=80.0, q1=40, median=50, q3=60),
        ]
    )

    assert [row.own_label is not None for row in drawn] == [False, False, True, False]
    assert drawn[2].own_label == charts.Label(x="78.8%", anchor="end")


def test_an_uncertain_position_says_so() -> None:
    [drawn] = charts.positions(
        [charts.Position(label="A", score=52.0, q1=40, median=50, q3=60, uncertain=True)]
    )

    assert drawn.words.endswith("Too close to a quartile to say on which side it is.")


def test_without_figures_of_peers_only_the_dot_is_drawn() -> None:
    [drawn] = charts.positions([charts.Position(label="A", score=10.0)])

    assert (drawn.dot, drawn.band_start, drawn.median) == ("11.6%", None, None)
    assert drawn.words == "A: your score is 10.0. No figures of peers are published."


def test_a_gate_is_marked_only_where_it_holds_the_level() -> None:
    held, free = charts.profile(
        [
            charts.ProfileBar(
                label="Interoperability",
                code="IN",
                score=61.2,
                level=2,
                level_name="Defined",
                cap=2,
            ),
            charts.ProfileBar(
                label="Governance", code="EG", score=41.0, level=2, level_name="Defined", cap=2
            ),
        ]
    )

    assert held.gate == "59.6%"
    assert held.words == (
        "Interoperability: score 61.2, level 2 Defined. Minimum standards hold it at level 2."
    )
    assert free.gate is None
    assert free.words == "Governance: score 41.0, level 2 Defined."


def test_an_unrated_dimension_has_no_bar() -> None:
    [drawn] = charts.profile([charts.ProfileBar(label="A", code="DM", score=None, level=None)])

    assert (drawn.length, drawn.gate, drawn.words) == (None, None, "A: not rated.")


def test_level_counts_are_squares_of_five_up_to_a_hundred() -> None:
    drawn = charts.level_counts([5, 25, 40, 20, 10], own=3)

    assert [(row.level, row.count, row.squares.count("M"), row.length) for row in drawn] == [
        (4, 10, 2, None),
        (3, 20, 4, None),
        (2, 40, 8, None),
        (1, 25, 5, None),
        (0, 5, 1, None),
    ]
    assert [row.level for row in drawn if row.own] == [3]


def test_level_counts_beyond_a_hundred_are_bars() -> None:
    drawn = charts.level_counts([0, 50, 100, 5, 0])

    assert [(row.squares, row.length) for row in drawn] == [
        ("", "0%"),
        ("", "5%"),
        ("", "100%"),
        ("", "50%"),
        ("", "0%"),
    ]


def test_level_counts_of_nobody() -> None:
    assert [row.squares for row in charts.level_counts([0, 0, 0, 0, 0])] == [""] * 5


def test_ranges() -> None:
    [drawn] = charts.ranges([charts.Range(label="Weights", value=66.3665, low=60.1, high=70.0)])

    assert (drawn.start, drawn.dot, drawn.end) == ("59.7%", "65.71%", "69.2%")
    assert drawn.words == "Weights: 66.4, between 60.1 and 70.0."


scores = st.floats(0, 100)


@given(st.tuples(scores, scores, scores).map(sorted), scores)
def test_every_mark_stays_on_the_drawing(quartiles: list[float], score: float) -> None:
    q1, median, q3 = quartiles
    [drawn] = charts.positions(
        [charts.Position(label="A", score=score, q1=q1, median=median, q3=q3)]
    )

    places = [drawn.dot, drawn.band_start, drawn.median]
    assert all(2 <= float(place.rstrip("%")) <= 98 for place in places if place)
    assert drawn.band_start is not None
    assert drawn.band_width is not None
    assert float(drawn.band_start[:-1]) + float(drawn.band_width[:-1]) <= 98.01


def test_a_band_shows_how_far_its_ends_could_move() -> None:
    [drawn] = charts.quartile_bands(
        [charts.QuartileBand(label="Index", q1=5, median=50, q3=90, half_width=12)]
    )

    # 5 − 12 is below the scale and 90 + 12 above it: both ends stop there.
    assert (drawn.reach_start, drawn.reach_width) == (charts.x(0), charts.width(0, 100))
    assert drawn.words.endswith("Give or take 12.")
    [plain] = charts.quartile_bands([charts.QuartileBand(label="Index", q1=5, median=50, q3=90)])
    assert plain.reach_start is None


@pytest.mark.parametrize(
    ("points", "start", "length", "words"),
    [
        (-10, "25%", "25%", "A: 10 points below the median."),
        (20, "50%", "50%", "A: 20 points above the median."),
        (0, "50%", "0%", "A: at the median."),
        (None, None, None, "A: no gap, because nothing is published."),
    ],
)
def test_a_gap_is_drawn_from_the_middle(
    points: int | None, start: str | None, length: str | None, words: str
) -> None:
    [drawn] = charts.gaps([charts.Gap(label="A", points=points, shown="")], reach=20)

    assert (drawn.start, drawn.length, drawn.words) == (start, length, words)


def test_an_uncertain_gap_says_so() -> None:
    [drawn] = charts.gaps([charts.Gap(label="A", points=3, shown="+3", uncertain=True)], reach=20)

    assert drawn.words == (
        "A: 3 points above the median. With another, similar set of peers it could be none."
    )


def test_a_slope_rises_from_the_bottom_with_its_intervals() -> None:
    row = charts.Slope(
        label="A", before=25, before_half=10, after=95, after_half=10, words="higher", is_clear=True
    )
    [drawn] = charts.slopes([row], height=100)

    assert (drawn.start.y, drawn.start.top, drawn.start.bottom) == (75, 65, 85)
    assert drawn.end is not None
    assert (drawn.end.y, drawn.end.top, drawn.end.bottom) == (5, 0, 15)  # the scale ends at 100
    assert drawn.words == "A: median 25, give or take 10, then 95, give or take 10: higher."


def test_a_slope_without_a_second_figure_has_one_end() -> None:
    row = charts.Slope(
        label="A", before=25, before_half=10, after=None, after_half=None,
        words="no material change", is_clear=False,
    )  # fmt: skip
    [drawn] = charts.slopes([row])

    assert drawn.end is None
    assert drawn.words == "A: 25 before, and no material change since."


def test_the_grounds_of_the_levels_fill_the_height_from_the_bottom() -> None:
    assert charts.slope_grounds(100) == [(80, 20), (60, 20), (40, 20), (20, 20), (0, 20)]


@pytest.mark.parametrize(
    ("value", "band", "shown"),
    [(65, 3, "65"), (54.24, 2, "54.2"), (100.0, 4, "100.0"), (None, None, "–")],
)
def test_a_heat_cell_has_its_band_and_its_number(
    value: float | None, band: int | None, shown: str
) -> None:
    cell = charts.HeatCell(value=value)

    assert (cell.band, cell.shown) == (band, shown)
