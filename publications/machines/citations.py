"""Citations of a publication, and of one recommendation in it, in four forms.

Plain values in, text out; each form is escaped by its own rules. An unknown part is left out.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date

FORMATS = {
    "txt": ("Text", "text/plain; charset=utf-8"),
    "bib": ("BibTeX", "application/x-bibtex; charset=utf-8"),
    "ris": ("RIS", "application/x-research-info-systems; charset=utf-8"),
    "json": ("CSL-JSON", "application/vnd.citationstyles.csl+json"),
}

BIBTEX_SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a citation names. `issued` is as exact as known: year, month, day, or empty."""

    key: str
    title: str
    authors: tuple[str, ...]
    url: str
    issued: tuple[int, ...] = ()
    edition: int | None = None
    publisher: str = ""
    part_label: str = ""
    part_title: str = ""
    series: str = ""

    @property
    def year(self) -> str:
        return str(self.issued[0]) if self.issued else "n.d."


def issued(value: str | date | None) -> tuple[int, ...]:
    """Return a date as exact as it is known: "2025-06-06" as three numbers, "2024" as one."""
    return tuple(int(part) for part in str(value or "").split("-") if part.isdigit())


def render(work: Work, form: str) -> str:
    return {"txt": text, "bib": bibtex, "ris": ris, "json": csl_json}[form](work)


def text(work: Work) -> str:
    """Return one sentence a reader can paste into a list of references."""
    part = f"{_sentence(f'“{work.part_label} {work.part_title}”')} In: " if work.part_label else ""
    edition = f" Edition {work.edition}." if work.edition else ""
    publisher = f" {work.publisher}." if work.publisher not in ("", *work.authors) else ""
    title = _sentence(work.title)
    return f"{'; '.join(work.authors)} ({work.year}). {part}{title}{edition}{publisher} {work.url}"


def bibtex(work: Work) -> str:
    fields = {
        "author": " and ".join("{" + _bib(author) + "}" for author in work.authors),
        "title": "{" + _bib(work.part_title or work.title) + "}",
        "booktitle": "{" + _bib(work.title) + "}" if work.part_label else "",
        "year": str(work.issued[0]) if work.issued else "",
        "month": str(work.issued[1]) if len(work.issued) > 1 else "",
        "edition": str(work.edition or ""),
        "number": _bib(work.part_label),
        "series": _bib(work.series),
        "publisher": "{" + _bib(work.publisher) + "}" if work.publisher else "",
        "url": work.url,
    }
    kind = "incollection" if work.part_label else "techreport"
    if kind == "techreport":
        fields["institution"] = fields.pop("publisher")
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@{kind}{{{work.key},", *lines, "}"]) + "\n"


def ris(work: Work) -> str:
    lines = [("TY", "CHAP" if work.part_label else "RPRT")]
    lines += [("AU", author) for author in work.authors]
    lines += [
        ("TI", f"{work.part_label} {work.part_title}" if work.part_label else work.title),
        ("T2", work.title if work.part_label else work.series),
        ("PY", str(work.issued[0]) if work.issued else ""),
        ("DA", "/".join(f"{part:02d}" for part in work.issued)),
        ("ET", str(work.edition or "")),
        ("PB", work.publisher),
        ("UR", work.url),
    ]
    body = [f"{tag}  - {_line(value)}" for tag, value in lines if value]
    return "\r\n".join([*body, "ER  - ", ""])


def csl_json(work: Work) -> str:
    entry: dict[str, object] = {
        "id": work.key,
        "type": "chapter" if work.part_label else "report",
        "title": work.part_title or work.title,
        "author": [{"literal": author} for author in work.authors],
        "URL": work.url,
    }
    if work.part_label:
        entry |= {"container-title": work.title, "number": work.part_label}
    if work.issued:
        entry["issued"] = {"date-parts": [list(work.issued)]}
    if work.edition:
        entry["edition"] = str(work.edition)
    if work.publisher:
        entry["publisher"] = work.publisher
    if work.series:
        entry["collection-title"] = work.series
    return json.dumps([entry], ensure_ascii=False, indent=2) + "\n"


def _sentence(words: str) -> str:
    return words if re.search(r"[.?!][”\"]?$", words) else f"{words}."


def _bib(words: str) -> str:
    return _line(words).translate(BIBTEX_SPECIAL)


def _line(words: str) -> str:
    return " ".join(words.split())
