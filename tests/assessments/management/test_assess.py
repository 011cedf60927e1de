"""`manage.py assess`: a response file through a real worker."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils.timezone import now

from assessments.answering.models import Assessment
from tests.factories import EditionFactory, WaveFactory
from tests.promises.installation import installation

EXAMPLE = Path("docs/examples/registry.json")


def refusal(file: Path, out: Path, **options: Any) -> CommandError:
    with pytest.raises(CommandError) as caught:
        call_command("assess", str(file), out=out, **options)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.django_db
def test_a_bad_file_is_refused_in_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    EditionFactory()
    file, out = tmp_path / "bad.json", tmp_path / "report.pdf"
    file.write_text('{"respondent_type": "RG", "responses": {"EG1.1": {"rating": 7}}}')

    error = refusal(file, out)

    assert error.returncode == 2
    assert str(error) == f"{file}: EG1.1: rating 7 is not between 0 and 4."
    assert not Assessment.objects.exists()
    assert not out.exists()


@pytest.mark.django_db
def test_a_half_answered_file_is_refused(tmp_path: Path) -> None:
    EditionFactory()
    file = tmp_path / "half.json"
    file.write_text('{"respondent_type": "RG", "responses": {"EG1.1": {"rating": 3}}}')

    error = refusal(file, tmp_path / "report.pdf")

    assert error.returncode == 2
    assert "91 items are not answered, EG1.2 first." in str(error)


@pytest.mark.django_db
def test_a_review_is_refused(tmp_path: Path) -> None:
    EditionFactory()
    document = json.loads(EXAMPLE.read_text()) | {"review": {"EG1.1": 3}}
    file = tmp_path / "reviewed.json"
    file.write_text(json.dumps(document))

    assert "review is not part of a submission" in str(refusal(file, tmp_path / "r.pdf"))


@pytest.mark.django_db
def test_it_says_what_to_load_first(tmp_path: Path) -> None:
    out = tmp_path / "report.pdf"

    assert "Run manage.py load_instrument first." in str(refusal(EXAMPLE, out))
    EditionFactory()
    assert "Run manage.py demo first." in str(refusal(EXAMPLE, out))
    WaveFactory(is_demonstration=True)
    assert str(refusal(EXAMPLE, out)) == (
        "There is no demonstration release to compare with. Run manage.py demo first."
    )
    assert not Assessment.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"country": "XX"}, "No country has the code 'XX'"),
        ({"wave": "closed"}, "No open demonstration period closed was found."),
        ({"out": Path("/nowhere/report.pdf")}, "/nowhere is no folder. Create it first."),
    ],
)
def test_options_are_checked(options: dict[str, Any], text: str, tmp_path: Path) -> None:
    EditionFactory()
    WaveFactory(is_demonstration=True)
    WaveFactory(
        code="closed",
        is_demonstration=True,
        opens_date=now().date() - timedelta(days=60),
        closes_date=now().date() - timedelta(days=30),
    )

    error = refusal(EXAMPLE, **({"out": tmp_path / "report.pdf"} | options))

    assert text in str(error)


@pytest.mark.slow
def test_the_worked_example_becomes_a_report(tmp_path: Path) -> None:
    with installation(tmp_path / "var") as site:
        made = site.manage("demo")
        assert made.returncode == 0, made.stderr
        done = site.manage("assess", str(EXAMPLE), "--out", str(tmp_path / "report.pdf"))

    assert done.returncode == 0, done.stderr
    assert "declared index 66.4 level 3, supported 54.9 level 2" in done.stdout
    content = (tmp_path / "report.pdf").read_bytes()
    assert content.startswith(b"%PDF-1.7")
    assert f"sha256 {hashlib.sha256(content).hexdigest()}" in done.stdout
    assert "compared with demo-" in done.stdout
