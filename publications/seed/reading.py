"""Content files to plain values: what a pack may contain, and one sentence for each problem.

A pack is a folder of YAML files: `official.yaml` with records of the working group's publications,
`members.yaml` with its membership lists, and a file for each companion publication, in the folder
or in `notes/`. Nothing is loaded until the whole pack is without problems.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from assessments.core import strict_yaml
from assessments.core.schema_errors import describe
from portal.vocabulary import names
from publications import markdown
from publications.models import (
    Horizon,
    MembershipListing,
    Origin,
    Provision,
    Publication,
    RoadmapAction,
)
from publications.seed.pack import (
    ActionDef,
    AreaDef,
    EditionDef,
    ListingDef,
    MemberDef,
    Pack,
    ProvisionDef,
    PublicationDef,
)

LABELS = {
    Provision.Kind.SECTION: re.compile(rf"(?:{markdown.DIMENSION}|RM)-S\d\d"),
    Provision.Kind.RECOMMENDATION: re.compile(rf"(?:{markdown.DIMENSION})-R\d\d"),
    Provision.Kind.ACTION: re.compile(r"RM-A\d\d"),
    Provision.Kind.TERM: re.compile(r"GL-[a-z0-9]+(?:-[a-z0-9]+)*"),
}
ITEM = re.compile(markdown.ITEM)

RECORD_KEYS = {
    "slug", "kind", "origin", "position", "number", "title", "title_known", "subtitle",
    "series_line", "dimension", "abstract", "corporate_author", "chairs", "contributors", "issued",
    "licence", "handle", "record_url", "record_label", "retrieved_date", "citation", "facts",
    "membership_remark",
}  # fmt: skip
PROVISION_KEYS = {
    Provision.Kind.SECTION: {"label", "kind", "title", "text", "change"},
    Provision.Kind.RECOMMENDATION: {
        "label", "kind", "title", "text", "change", "audience", "items", "grounding",
    },
    Provision.Kind.ACTION: {
        "label", "kind", "title", "text", "change", "area", "horizon", "actors", "status",
        "measure", "names",
    },
    Provision.Kind.TERM: {"label", "kind", "title", "text", "change", "grounding", "forms"},
}  # fmt: skip


# Of a file that is no publication's, its definition in the schema and the key it starts with.
KINDS = {"members.yaml": ("members", "members"), "official.yaml": ("official", "publications")}
SCHEMA = Path(__file__).with_name("pack.schema.json")


class InvalidPack(Exception):
    """The pack cannot be loaded. `problems` has one sentence for each reason."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


def read(folder: Path, *, items: Collection[str] | None = None) -> Pack:
    """Return the pack in a folder, or raise `InvalidPack` with every problem in it.

    Codes of questionnaire items must look like one, and be among `items` where these are given.
    """
    reader = _Reader(folder=folder, items=items)
    pack = reader.pack()
    if reader.problems:
        raise InvalidPack(reader.problems)
    return pack


@dataclass
class _Reader:
    folder: Path
    items: Collection[str] | None
    problems: list[str] = field(default_factory=list)

    def pack(self) -> Pack:
        publications: list[PublicationDef] = []
        members: tuple[MemberDef, ...] = ()
        paths = sorted([*self.folder.glob("*.yaml"), *self.folder.glob("notes/*.yaml")])
        if not paths:
            self.problems.append(
                f"{self.folder}: no content files are here. Name the pack's folder."
            )
        files = {
            name: self._parsed(path, name)
            for path in paths
            for name in [str(path.relative_to(self.folder))]
        }
        if self.problems:
            return Pack(publications=(), members=())
        for name, data in files.items():
            if name == "members.yaml":
                members = tuple(self._members(name, data))
            elif name == "official.yaml":
                records = data.get("publications", [])
                publications += [
                    PublicationDef(file=name, record=self._record(name, record))
                    for record in records
                ]
            elif data:
                publications.append(self._publication(name, data))
        self._check_across(publications, members)
        return Pack(publications=tuple(publications), members=members)

    def _problem(self, file: str, where: str, what: str) -> None:
        self.problems.append(f"{file}: {where}: {what}")

    def _parsed(self, path: Path, name: str) -> dict[str, Any]:
        kind, start = KINDS.get(name, ("publication", "publication"))
        try:
            data = strict_yaml.read_mapping(path, name=name, start=start)
        except strict_yaml.InvalidYaml as exc:
            self.problems.append(str(exc))
            return {}
        for error in sorted(_validator(kind).iter_errors(data), key=lambda each: each.json_path):
            self.problems.append(f"{name}: {_place(data, error)}{describe(error)}")
        return data

    def _record(self, file: str, record: dict[str, Any]) -> dict[str, Any]:
        where = str(record.get("slug") or "a publication without slug")
        for key in sorted(record.keys() - RECORD_KEYS):
            self._problem(file, where, f"'{key}' is not a known key. Correct or delete it.")
        for key in ("slug", "kind", "origin", "position", "title"):
            if not record.get(key):
                self._problem(file, where, f"'{key}' is missing. Add it.")
        self._choice(file, where, "kind", record.get("kind"), Publication.Kind.values)
        self._choice(file, where, "origin", record.get("origin"), Origin.values)
        if record.get("dimension"):
            self._choice(file, where, "dimension", record["dimension"], names.DIMENSIONS)
        facts = [
            {key: _line(value) for key, value in fact.items()} for fact in record.get("facts", [])
        ]
        lines = {key: _line(value) for key, value in record.items() if isinstance(value, str)}
        return {**record, **lines, "facts": facts}

    def _publication(self, file: str, data: dict[str, Any]) -> PublicationDef:
        record = self._record(file, data.get("publication") or {})
        areas = tuple(
            AreaDef(
                number=int(area.get("number", 0)),
                title=_line(area.get("title")),
                summary=_line(area.get("summary")),
            )
            for area in data.get("areas", [])
        )
        provisions = tuple(
            provision
            for raw in data.get("provisions", [])
            if (provision := self._provision(file, raw, {area.number for area in areas}))
        )
        if record.get("origin") != Origin.COMPANION:
            self._problem(
                file, str(record.get("slug")), "only companion content has provisions here."
            )
        if not provisions:
            self._problem(file, str(record.get("slug")), "has no provisions. Add at least one.")
        return PublicationDef(
            file=file,
            record=record,
            edition=self._edition(file, data.get("edition") or {}),
            provisions=provisions,
            areas=areas,
        )

    def _edition(self, file: str, raw: dict[str, Any]) -> EditionDef:
        number, date, note = raw.get("number"), raw.get("date"), _line(raw.get("change_note"))
        if not isinstance(number, int) or number < 1:
            self._problem(file, "edition", "'number' is not 1 or more. Number editions from 1.")
            number = 1
        if not isinstance(date, dt.date):
            self._problem(file, "edition", "'date' is not a day. Write it as 2026-11-23.")
            date = dt.date.min
        if not note:
            self._problem(file, "edition", "'change_note' is empty. Say what is new.")
        return EditionDef(number=number, date=date, change_note=note)

    def _provision(self, file: str, raw: Any, areas: Collection[int]) -> ProvisionDef | None:
        if not isinstance(raw, dict) or not raw.get("label"):
            self._problem(file, "a provision", "has no label. Give it one.")
            return None
        label, kind = str(raw["label"]), str(raw.get("kind", "")).upper()
        if kind not in Provision.Kind.values:
            kinds = ", ".join(value.lower() for value in Provision.Kind.values)
            self._problem(file, label, f"kind '{raw.get('kind')}' is unknown. Use one of {kinds}.")
            return None
        if not LABELS[Provision.Kind(kind)].fullmatch(label):
            self._problem(file, label, f"is not the label of a {kind.lower()}. Rename it.")
        for key in sorted(raw.keys() - PROVISION_KEYS[Provision.Kind(kind)]):
            self._problem(file, label, f"'{key}' is not a known key. Correct or delete it.")
        text = str(raw.get("text") or "").strip()
        if not text or not raw.get("title"):
            self._problem(file, label, "needs a title and a text. Add what is missing.")
        if not markdown.is_restricted(text):
            self._problem(file, label, "has a heading, image, HTML or web address. Take it out.")
        self._check_footnotes(file, label, text)
        recommendation = kind == Provision.Kind.RECOMMENDATION
        if recommendation and not all(raw.get(key) for key in ("audience", "items", "grounding")):
            self._problem(file, label, "needs 'audience', 'items' and 'grounding'. Add them.")
        self._check_codes(file, label, raw.get("audience", []), names.RESPONDENT_TYPES, "audience")
        for item in raw.get("items", []):
            if not ITEM.fullmatch(str(item)) or (self.items is not None and item not in self.items):
                self._problem(file, label, f"'{item}' is no questionnaire item. Correct its code.")
        return ProvisionDef(
            label=label,
            kind=kind,
            title=_line(raw.get("title")),
            text=text,
            change=str(raw.get("change", "new")).upper(),
            audience=tuple(raw.get("audience", [])),
            grounding=tuple(_line(standard) for standard in raw.get("grounding", [])),
            items=tuple(raw.get("items", [])),
            forms=tuple(raw.get("forms", [raw.get("title")])),
            action=self._action(file, label, raw, areas) if kind == Provision.Kind.ACTION else None,
        )

    def _action(
        self, file: str, label: str, raw: dict[str, Any], areas: Collection[int]
    ) -> ActionDef:
        horizon = str(raw.get("horizon", "")).upper()
        status = str(raw.get("status", "proposed")).upper()
        self._choice(file, label, "horizon", horizon, Horizon.values)
        self._choice(file, label, "status", status, RoadmapAction.Status.values)
        self._check_codes(file, label, raw.get("actors", []), names.RESPONDENT_TYPES, "actors")
        if raw.get("area") not in areas:
            self._problem(
                file, label, f"area {raw.get('area')!r} is not among 'areas'. Add it there."
            )
        for key in ("actors", "measure", "names"):
            if not raw.get(key):
                self._problem(file, label, f"'{key}' is empty. Fill it.")
        return ActionDef(
            area=raw.get("area") or 0,
            horizon=horizon,
            actors=tuple(raw.get("actors", [])),
            status=status,
            measure=_line(raw.get("measure")),
            names=tuple(raw.get("names", [])),
        )

    def _members(self, file: str, data: dict[str, Any]) -> Iterator[MemberDef]:
        for raw in data.get("members", []):
            slug = str(raw.get("slug") or "a member without slug")
            for key in ("slug", "name", "category", "listed"):
                if not raw.get(key):
                    self._problem(file, slug, f"'{key}' is missing. Add it.")
            standing = str(raw.get("standing", "member")).upper()
            self._choice(file, slug, "standing", standing, MembershipListing.Standing.values)
            yield MemberDef(
                slug=slug,
                name=_line(raw.get("name")),
                category=_line(raw.get("category")),
                listings=tuple(
                    ListingDef(publication=where, standing=standing, printed_as=_line(printed))
                    for where, printed in (raw.get("listed") or {}).items()
                ),
            )

    def _check_across(
        self, publications: Sequence[PublicationDef], members: Sequence[MemberDef]
    ) -> None:
        files = {
            provision.label: publication.file
            for publication in publications
            for provision in publication.provisions
        }
        labels = Counter(
            provision.label for publication in publications for provision in publication.provisions
        )
        for label in sorted(label for label, times in labels.items() if times > 1):
            self._problem(
                files[label], label, "is used twice. A label names one provision for ever."
            )
        slugs = Counter(str(publication.record.get("slug")) for publication in publications)
        for slug in sorted(slug for slug, times in slugs.items() if times > 1):
            self.problems.append(f"{slug}: two publications have this slug. Rename one.")
        for publication in publications:
            for provision in publication.provisions:
                for named in provision.action.names if provision.action else ():
                    if "-R" not in named or named not in labels:
                        self._problem(
                            publication.file,
                            provision.label,
                            f"names '{named}', which is no recommendation. Correct the label.",
                        )
        for member in members:
            for listing in member.listings:
                if listing.publication not in slugs:
                    self._problem(
                        "members.yaml",
                        member.slug,
                        f"is listed in '{listing.publication}', which is unknown. Correct it.",
                    )

    def _check_footnotes(self, file: str, label: str, text: str) -> None:
        defined = set(re.findall(r"^\[\^(\w+)\]:", text, re.M))
        used = set(re.findall(r"\[\^(\w+)\](?!:)", text))
        for note in sorted(defined ^ used):
            self._problem(file, label, f"footnote '{note}' lacks its text or its mark. Add it.")

    def _check_codes(
        self, file: str, where: str, codes: Sequence[str], known: Collection[str], key: str
    ) -> None:
        for code in codes:
            self._choice(file, where, key, code, known)

    def _choice(self, file: str, where: str, key: str, value: Any, known: Collection[str]) -> None:
        if value not in known:
            self._problem(
                file, where, f"{key} '{value}' is unknown. Use one of {', '.join(known)}."
            )


@cache
def _validator(kind: str) -> Draft202012Validator:
    """Return the validator of one kind of file."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return Draft202012Validator(schema | {"$ref": f"#/$defs/{kind}"})


def _place(data: Any, error: ValidationError) -> str:
    """Return the label or slug of the innermost named mapping around an error, and a colon."""
    name = ""
    for step in error.absolute_path:
        data = data[step]
        if step == "facts":  # their labels are words to show
            break
        if isinstance(data, dict):
            name = next((str(data[key]) for key in ("label", "slug") if data.get(key)), name)
    return f"{name}: " if name else ""


def _line(value: Any) -> str:
    """Return one line of text with typographic apostrophes and quotation marks."""
    line = " ".join(str(value).split()) if value else ""
    return re.sub(r'"([^"]*)"', r"“\1”", re.sub(r"(?<=\w)'", "’", line))
