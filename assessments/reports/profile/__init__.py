"""One view model of a result, which the result page and the PDF both show.

`build_profile` is a pure function of the result document, the frozen release, the respondent's
own answers and the guidance texts. It looks numbers up and puts them into words; it computes no
score, and it has no way to anybody else's answers.
"""

from assessments.reports.profile.build import build_profile
from assessments.reports.profile.inputs import Advice, Release, Subject
from assessments.reports.profile.rows import GapRow
from assessments.reports.profile.units import Unit
from assessments.reports.profile.values import Comparison, Profile

__all__ = [
    "Advice",
    "Comparison",
    "GapRow",
    "Profile",
    "Release",
    "Subject",
    "Unit",
    "build_profile",
]
