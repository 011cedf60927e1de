"""Templates as they are sent: without the indentation that serves whoever reads the file."""

from __future__ import annotations

import re
from typing import Final

from django.template import Origin
from django.template.loaders import filesystem

INDENTATION: Final = re.compile(r"(?<=\n)[ \t]+")


class Loader(filesystem.Loader):
    """Loads HTML templates with each line's leading blanks taken off.

    Preformatted text is therefore written from the first column on.
    """

    def get_contents(self, origin: Origin) -> str:
        contents = super().get_contents(origin)
        if not str(origin.name).endswith(".html"):
            return contents
        return INDENTATION.sub("", contents)
