"""A response file in, its result document out, under an edition that comes with the product."""

from __future__ import annotations

from typing import Any

from assessments.core.answers import InvalidResponses, edition_asked, load, parse
from assessments.core.engines import score
from assessments.core.loading import read, shipped


def score_file(content: bytes) -> dict[str, Any]:
    """Return the result document of a response file, under the shipped edition it asks for.

    A file that names no edition is scored under the newest.
    """
    document = load(content)
    asked = edition_asked(document)
    editions = shipped()
    fitting = [
        directory
        for edition, directory in editions.items()
        if all(wanted in (None, has) for wanted, has in zip(asked, edition, strict=True))
    ]
    if not fitting:
        known = ", ".join(f"{code} {version}" for code, version in editions)
        raise InvalidResponses(
            f"the edition asked for by 'instrument' and 'version' is unknown; use {known}."
        )
    instrument = read(fitting[-1])
    return score(instrument, parse(document, instrument))
