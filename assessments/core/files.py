"""A response file in, its result document out, under an edition that comes with the product."""

from __future__ import annotations

from assessments.core.answers import InvalidResponses, Responses, edition_asked, load, parse
from assessments.core.instrument import Instrument
from assessments.core.loading import read, shipped


def read_file(content: bytes) -> tuple[Instrument, Responses]:
    """Return the responses in a file, and the shipped edition it names; the newest if none."""
    document = load(content)
    wanted = edition_asked(document)
    editions = shipped()
    fitting = [
        directory
        for edition, directory in editions.items()
        if all(part in (None, has) for part, has in zip(wanted, edition, strict=True))
    ]
    if not fitting:
        known = ", ".join(f"{code} {version}" for code, version in editions)
        raise InvalidResponses(
            f"the edition asked for by 'instrument' and 'version' is unknown; use {known}."
        )
    instrument = read(fitting[-1])
    return instrument, parse(document, instrument)
