from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs" / "examples" / "registry.json"
WORKED = json.loads((ROOT / "tests/assessments/core/worked-result.json").read_text())


def run(*args: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "manage.py", "score", *args],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        check=False,
    )


def test_score_prints_the_result_document() -> None:
    done = run(str(EXAMPLE))
    assert (done.returncode, done.stderr) == (0, b"")
    printed = json.loads(done.stdout)
    for view in ("declared", "supported"):
        for figure in ("index", "balance_gap"):
            found = printed["views"][view][figure]
            assert found == pytest.approx(WORKED["views"][view][figure], abs=1e-6)
        assert printed["views"][view]["level"] == WORKED["views"][view]["level"]
    assert printed["instrument"]["version"] == "1.0.0"


def test_score_prints_what_the_result_says(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("score", str(EXAMPLE), words="en")
    lines = capsys.readouterr().out.splitlines()

    assert lines[0] == (
        "declared: Shifted geometric mean of EG 70.2, TI 72.8, IS 76.9, IN 54.2, DM 60.4 = 66.4"
    )
    assert lines[5] == (
        "declared: Minimum standard TI5.4 is rated 2; until it reaches 3, the level of the whole "
        "is at most 3 (Established)."
    )
    assert (
        "supported: Minimum standard IN5.2 is supported at 1 only; until it reaches 2, the level "
        "of the whole is at most 2 (Defined)."
    ) in lines
    assert "TI5.4: Minimum standard partly met" in lines


def test_score_refuses_a_language_that_is_not_here() -> None:
    with pytest.raises(CommandError) as refusal:
        call_command("score", str(EXAMPLE), words="xx")

    assert refusal.value.returncode == 2
    assert str(refusal.value) == "--words 'xx' is no language here; write en."


def test_score_reads_standard_input_and_refuses_in_one_line() -> None:
    done = run("-", stdin=b'{"respondent_type": "RG", "responses": {"EG1.1": {"rating": 9}}}')
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.splitlines() == [b"CommandError: EG1.1: rating 9 is not between 0 and 4."]


def score(content: bytes, tmp_path: Path) -> Any:
    file = tmp_path / "responses.json"
    file.write_bytes(content)
    out = io.StringIO()
    call_command("score", str(file), stdout=out)
    return json.loads(out.getvalue())


def test_score_lists_what_is_unanswered(tmp_path: Path) -> None:
    printed = score(b'{"respondent_type": "VB", "responses": {"EG1.1": {"rating": 1}}}', tmp_path)
    assert len(printed["unanswered"]) == 60
    assert printed["views"]["declared"]["index"] is None


def test_score_prints_with_an_indent_of_one(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("score", str(EXAMPLE))
    assert capsys.readouterr().out.startswith('{\n "engine": "cmi-score 1.0",\n')


def test_score_accepts_the_edition_by_name(tmp_path: Path) -> None:
    content = {
        "instrument": "cmi-maturity",
        "version": "1.0.0",
        "respondent_type": "RG",
        "responses": {},
    }
    assert score(json.dumps(content).encode(), tmp_path)["instrument"]["version"] == "1.0.0"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1, column 1: not JSON (Expecting value); correct it."),
        (
            b'{"version": "2.0.0", "respondent_type": "RG", "responses": {}}',
            "the edition asked for by 'instrument' and 'version' is unknown; "
            "use cmi-maturity 1.0.0.",
        ),
        (
            b'{"instrument": "../../etc", "respondent_type": "RG", "responses": {}}',
            "the edition asked for by 'instrument' and 'version' is unknown; "
            "use cmi-maturity 1.0.0.",
        ),
        (
            b'{"respondent_type": "RG", "responses": {"ZZ1.1": {"rating": 1}}}',
            "'ZZ1.1': is not an item of the instrument.",
        ),
    ],
)
def test_score_refuses_bad_input(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError) as refusal:
        score(content, tmp_path)
    assert refusal.value.returncode == 2
    assert str(refusal.value) == message


def test_score_refuses_what_it_cannot_read(tmp_path: Path) -> None:
    for file, reason in (
        (tmp_path / "missing.json", "No such file or directory"),
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(CommandError) as refusal:
            call_command("score", str(file))
        assert refusal.value.returncode == 2
        assert str(refusal.value) == f"{str(file)!r} cannot be read: {reason}."


def test_score_does_not_swallow_an_endless_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            assert size > 0
            return b" " * size

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Endless()))
    with pytest.raises(CommandError, match="has more than 8,000,000 bytes"):
        call_command("score", "-")
