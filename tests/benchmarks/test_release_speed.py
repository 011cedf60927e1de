"""How fast a release is built, against plain Python, DuckDB and PostgreSQL in the same run."""

from __future__ import annotations

import gzip
import os
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import psycopg
import pytest

from assessments.core.documents import canonical_json
from assessments.disclosure.cells import observe, publishable_cells
from assessments.disclosure.codes import (
    CAPABILITIES,
    FAMILIES,
    MEASURES,
    MEASURES_ACROSS_TYPES,
    MISSING,
    TYPES,
    VIEWS,
)
from assessments.disclosure.cohorts import candidate_cohorts, protected_cohorts
from assessments.disclosure.differencing import Tables
from assessments.disclosure.document import ReleaseDocument
from assessments.disclosure.release import build_release
from assessments.disclosure.submissions import Submissions
from assessments.evaluation import goals
from tests import services
from tests.promises.counts import FULL

pytestmark = pytest.mark.bench


def release(submissions: Submissions) -> ReleaseDocument:
    return build_release(
        submissions,
        release_id="demo-2026-W1",
        series="demo",
        wave="2026-W1",
        instrument={"code": "cmi-maturity", "version": "1.0", "sha256": "0" * 64},
        scoring="cmi-score 1.0",
        closed_date=date(2026, 6, 30),
        published_date=date(2026, 8, 1),
    )


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """Yield the address of the suite's PostgreSQL, or of a private one where it has none."""
    address = os.environ.get("DATABASE_URL", "")
    if address.startswith("postgres"):
        yield address
    else:
        with services.postgresql() as private:
            yield private


def sorted_in_python(submissions: Submissions) -> int:
    """Take the quartiles of the same cohorts by sorting lists; return how many there were."""
    cohorts = candidate_cohorts(submissions)
    found = 0
    for view in VIEWS:
        for row, measure in enumerate(MEASURES):
            column = submissions.scores[view][row].tolist()
            grouped: dict[str, list[int]] = defaultdict(list)
            for cohort in cohorts:
                if cohort.rows is not None and measure in cohort.measures:
                    for place in cohort.rows.tolist():
                        if column[place] != MISSING:
                            grouped[cohort.id].append(column[place])
            for values in grouped.values():
                values.sort()
                found += len([values[len(values) * part // 4] for part in (1, 2, 3)])
    return found


KEYS = ("type", "family", "region", "income", "market")
WITHIN_TYPES = "(type), (type, region), (type, market)"
ACROSS_TYPES = f"(), (family), (region), (income), (market), {WITHIN_TYPES}"


def columns_of(submissions: Submissions) -> dict[str, Any]:
    """Return what the databases get: what cohorts are formed by, and the scores of both views."""
    families = list(FAMILIES.values())
    family = [next(i for i, some in enumerate(families) if code in some) for code in TYPES]
    keys = (
        submissions.respondent_type,
        np.array(family, dtype=np.int32)[submissions.respondent_type],
        submissions.region,
        submissions.income_group,
        submissions.market,
    )
    scores = {
        f"{view}_{measure}": submissions.scores[view][place]
        for view in VIEWS
        for place, measure in enumerate(MEASURES)
    }
    return dict(zip(KEYS, keys, strict=True)) | scores


def queries(quartiles: str) -> Iterator[str]:
    """Yield what asks for the quartiles of our splits, unpooled, missing scores left out."""
    for measures, sets in (
        (MEASURES_ACROSS_TYPES, ACROSS_TYPES),
        (CAPABILITIES, WITHIN_TYPES),
    ):
        names = [f"{view}_{measure}" for view in VIEWS for measure in measures]
        asked = ", ".join(
            f"{quartiles.format(name)} filter (where {name} <> 255)" for name in names
        )
        yield f"select {asked} from held group by grouping sets ({sets})"


def in_duckdb(submissions: Submissions, table: Path) -> float:
    """Return how long DuckDB takes for the same quartiles, and leave its rows in a file."""
    held = columns_of(submissions)
    with duckdb.connect() as database:
        database.register("given", held)
        database.execute("create table held as select * from given")
        database.execute(f"copy held to '{table}' (header false)")
        start = time.perf_counter()
        for query in queries("quantile_cont({}, [0.25, 0.5, 0.75])"):
            database.execute(query).fetchall()
        return time.perf_counter() - start


def in_postgresql(submissions: Submissions, table: Path, address: str) -> float:
    """Return how long PostgreSQL takes for the same quartiles of the rows in a file."""
    with psycopg.connect(address) as database, database.cursor() as cursor:
        fields = ", ".join(f"{name} smallint" for name in columns_of(submissions))
        cursor.execute(f"create temporary table held ({fields})")
        with cursor.copy("copy held from stdin (format csv)") as copy, table.open("rb") as rows:
            while some := rows.read(1_000_000):
                copy.write(some)
        cursor.execute("analyze held")
        start = time.perf_counter()
        for query in queries("percentile_cont(array[0.25, 0.5, 0.75]) within group (order by {})"):
            cursor.execute(query)
            cursor.fetchall()
        return time.perf_counter() - start


@pytest.mark.parametrize(
    ("number", "goal"),
    [(1_000, "none"), (100_000, "0.3 s"), *(FULL * [(1_000_000, "1.5 s")])],
)
def test_release_beside_the_databases(
    number: int, goal: str, postgresql: str, tmp_path: Path
) -> None:  # G12, G13, G16
    submissions = goals.columns(number, 1)
    start = time.perf_counter()
    cohorts, cells = publishable_cells(submissions)
    chosen = time.perf_counter() - start
    start = time.perf_counter()
    observe(submissions, cohorts)
    observed = time.perf_counter() - start
    start, spent = time.perf_counter(), time.process_time()
    body = canonical_json(release(submissions))
    ours, spent = time.perf_counter() - start, time.process_time() - spent
    tracemalloc.start()
    release(submissions)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    zipped = len(gzip.compress(body)) / 1e3
    print(
        f"\n{number:,} submissions: release {ours:.2f} s, {spent:.2f} s of processor time "
        f"(goal {goal}); cohorts, distance and counts {chosen:.2f} s, of which counts "
        f"{observed:.2f} s; {peak:.0f} MB extra (goal 100 MB); "
        f"{len(cells)} figures, {zipped:.0f} kB gzipped (goal 250 kB)"
    )
    # The databases get the same splits, measures and views, but nothing to pool, round or write.
    table = tmp_path / "held.csv"
    for name, other in (
        ("DuckDB quantile_cont", in_duckdb(submissions, table)),
        ("PostgreSQL percentile_cont", in_postgresql(submissions, table, postgresql)),
    ):
        print(f"{name}: {other:.2f} s for the quartiles alone, {other / ours:.1f} times a release")
    assert peak < 100
    assert zipped < 250


def test_distance_of_five_thousand() -> None:  # G14
    submissions = goals.columns(5_000, 1)
    start = time.process_time()
    cohorts = protected_cohorts(submissions)
    seconds = time.process_time() - start
    kept = [cohort.rows for cohort in cohorts if cohort.rows is not None]
    print(
        f"\n5,000 organisations: {len(kept)} cohorts, {seconds:.1f} s of processor time (goal 10 s)"
    )
    tables = Tables(kept, submissions.organisation, submissions.cohort_key)
    assert tables.isolating(tables.weights()) == ()


def test_release_beside_sorted_lists() -> None:
    submissions = goals.columns(100_000, 1)
    start = time.perf_counter()
    release(submissions)
    ours = time.perf_counter() - start
    start = time.perf_counter()
    figures = sorted_in_python(submissions)
    naive = time.perf_counter() - start
    print(
        f"\n100,000 submissions, {figures} quartiles: {ours:.2f} s; "
        f"sorting lists takes {naive:.1f} s, {naive / ours:.0f} times as long"
    )
    assert figures > 20_000
