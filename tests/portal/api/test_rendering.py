"""Cells of CSV files."""

from __future__ import annotations

import csv
import io

import pytest

from portal.api.rendering import csv_table

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    table = csv_table([{"a": text, "b": [text]}], ("a", "b", "c"), shared={"c": text})

    [_header, row] = list(csv.reader(io.StringIO(table.decode(), newline="")))
    assert row == [f"'{text}"] * 3
