"""Makes the web fonts from IBM Plex as published on npm."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

LATIN: Final = (
    "20-7E,A0-FF,131,152-153,2C6,2DA,2DC,2010-2015,2018-201E,2020-2022,2026,202F,2030,2032-2033,"
    "2039-203A,2044,2070,2074-2079,2080-2089,20AC,2122,2190-2193,2196-2199,2212,2215,2248,2260,"
    "2264-2265,25CB,25CF,2713"
)
EXTENDED: Final = (
    "100-130,132-151,154-17F,192,1A0-1A1,1AF-1B0,1CD-1DC,1FA-1FF,218-21B,237,2BB-2BC,2C7,2C9,"
    "2D8-2D9,2DB,2DD,300-304,306-30C,323,327-328,1E80-1E85,1E9E,1EA0-1EF9,20A6,20A8-20AB,"
    "20B1-20B9,2116,2126,2150-215F,221A,221E,25A0-25A1,25B2-25C7"
)
ARABIC: Final = "20,28-29,2E,3A,A0,600-6FF,750-77F,200C-200F,FB50-FDFF,FE70-FEFC"
FEATURES: Final = [
    *("kern", "liga", "locl", "ccmp", "mark", "mkmk", "sups", "ordn"),
    *("init", "medi", "fina", "rlig", "calt"),  # Arabic letters change with their neighbours
]
# npm package, its file, the new name, ranges by the suffix of the file made
FACES: Final = [
    ("plex-sans", "IBMPlexSans-Regular", "sans-400", {"": LATIN, "-ext": EXTENDED}),
    ("plex-sans", "IBMPlexSans-SemiBold", "sans-600", {"": LATIN, "-ext": EXTENDED}),
    ("plex-serif", "IBMPlexSerif-Regular", "serif-400", {"": LATIN, "-ext": EXTENDED}),
    ("plex-serif", "IBMPlexSerif-Italic", "serif-400-italic", {"": LATIN, "-ext": EXTENDED}),
    ("plex-serif", "IBMPlexSerif-SemiBold", "serif-600", {"": LATIN, "-ext": EXTENDED}),
    ("plex-mono", "IBMPlexMono-Regular", "mono-400", {"": LATIN}),
    ("plex-sans-arabic", "IBMPlexSansArabic-Regular", "arabic-400", {"": ARABIC}),
    ("plex-sans-arabic", "IBMPlexSansArabic-SemiBold", "arabic-600", {"": ARABIC}),
]
FAMILY: Final = {"sans": "Sans", "serif": "Serif", "mono": "Mono", "arabic": "Arabic"}


class Command(BaseCommand):
    help = "Build the subset web fonts from unpacked @ibm/plex-* packages"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("packages", type=Path, help="folder with plex-sans/, plex-serif/, …")
        parser.add_argument("out", type=Path)

    def handle(self, packages: Path, out: Path, **options: Any) -> str:
        made = 0
        for package, source, name, ranges in FACES:
            path = packages / package / "fonts/complete/woff2" / f"{source}.woff2"
            if not path.is_file():
                raise CommandError(
                    f"{path} is missing. Unpack the npm package @ibm/{package} there."
                )
            for suffix, characters in ranges.items():
                _build(path, characters, out / f"{name}{suffix}.woff2")
                made += 1
        return f"{made} fonts are in {out}."


def _build(path: Path, characters: str, target: Path) -> None:
    # fonttools is a tool of developers, absent where the site only runs.
    from fontTools import subset

    options = subset.Options(
        flavor="woff2", layout_features=FEATURES, hinting=False, desubroutinize=True
    )
    font = subset.load_font(str(path), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=subset.parse_unicodes(characters))
    subsetter.subset(font)
    _rename(font, target.stem)
    subset.save_font(font, str(target), options)


def _rename(font: Any, face: str) -> None:
    """Give a changed font a name of its own: the licence reserves "Plex" for the original."""
    kind, _, style = face.partition("-")
    family = f"Portal {FAMILY[kind]}" + (" Ext" if style.endswith("-ext") else "")
    style = style.removesuffix("-ext").replace("-", " ")
    names = {1: family, 2: style, 3: f"{family} {style}", 4: f"{family} {style}"}
    names[6] = f"{family} {style}".replace(" ", "-")
    for record in list(font["name"].names):
        if record.nameID in (16, 17, 21, 22, 25):
            font["name"].removeNames(nameID=record.nameID)
        elif record.nameID in names:
            record.string = names[record.nameID]
    if "CFF " in font:
        cff = font["CFF "].cff
        cff.fontNames[0] = names[6]
        cff.topDictIndex[0].FullName, cff.topDictIndex[0].FamilyName = names[4], family
