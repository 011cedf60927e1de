"""The public shapes of releases. A field that is not listed here stays private."""

# mypy: disable-error-code="assignment"
# DRF takes fields off the class, so one called `data` or `label` hides nothing of a serializer.

from __future__ import annotations

from rest_framework.fields import (
    BooleanField,
    CharField,
    ChoiceField,
    DateField,
    DateTimeField,
    DictField,
    IntegerField,
    ListField,
    URLField,
)

from assessments.questionnaires.api import EditionRefOut
from portal.api.serializers import Out, Paged, Payload, texts
from portal.vocabulary import codes as vocabulary
from portal.vocabulary.codes import codes_of


class ReleasePayload(Payload):
    release = CharField(help_text="Code of the release; `demo-…` is a demonstration.")
    synthetic = BooleanField(help_text="True: synthetic organisations, not the real market.")


# Releases


class WaveOut(Out):
    code = CharField()
    title = CharField()
    opens_date = DateField()
    closes_date = DateField()


class NoteOut(Out):
    """What was said of a release after it was published; the release itself never changes."""

    kind = ChoiceField(
        choices=("erratum", "revision", "tombstone"),
        help_text="A revision names what another release corrects; a tombstone withdraws this one.",
    )
    date = DateField()
    text = CharField()


STATES = ("standing", "revised", "withdrawn")


class ReleaseOut(Out):
    id = CharField(source="code")
    series = ChoiceField(choices=codes_of(vocabulary.SERIES))
    synthetic = BooleanField(source="is_demonstration")
    revision = IntegerField()
    wave = WaveOut()
    instrument = EditionRefOut(source="edition_ref")
    published_at = DateTimeField()
    sha256 = CharField(help_text="Of the bytes at `/releases/{release}/data`.")
    state = ChoiceField(choices=STATES)
    notes = NoteOut(many=True, source="listed_notes")
    url = URLField()


class ReleaseListOut(Paged):
    data = ReleaseOut(many=True)


class RuleOut(Out):
    rule = CharField()
    text = CharField()


class FileOut(Out):
    url = URLField()
    media_type = CharField()


class FigureRefOut(Out):
    cohort = CharField()
    measure = CharField()
    view = CharField()


class AuditOut(Out):
    """How the release was attacked before it was published; null where it was not."""

    rules = texts(help_text="R10: this wave alone; R13: together with the wave before.")
    insiders = ListField(
        child=IntegerField(), help_text="Participants who pool what they know, in each attack."
    )
    figures_checked = IntegerField()
    figures_coarsened = IntegerField()
    figures_withheld = IntegerField()
    no_material_change = FigureRefOut(
        many=True, help_text="Withheld because they differ too little from the wave before."
    )


class ReleaseDetailOut(ReleasePayload):
    id = CharField()
    series = ChoiceField(choices=codes_of(vocabulary.SERIES))
    wave = CharField()
    revision = CharField()
    closed_date = DateField()
    published_date = DateField()
    instrument = EditionRefOut()
    scoring = CharField(help_text="Name and version of the scoring model.")
    engine = CharField(help_text="The quantile method.")
    views = texts()
    measures = texts()
    measures_across_types = texts(help_text="The only measures of cohorts that mix types.")
    families = DictField(child=texts())
    region_groups = DictField(child=texts())
    rules = RuleOut(many=True)
    checks_not_run = texts(
        help_text="Rules of the method that this release was not checked against."
    )
    cohorts_published = IntegerField()
    cohorts_withheld = IntegerField()
    observations_published = IntegerField()
    observations_withheld = IntegerField()
    audit = AuditOut(allow_null=True)
    state = ChoiceField(choices=STATES)
    notes = NoteOut(many=True)
    sha256 = CharField()
    citation = CharField()
    files = FileOut(many=True)


class CohortOut(Out):
    id = CharField()
    label = CharField()
    kind = CharField()
    parent = CharField(allow_null=True)
    parts = DictField(child=CharField())
    covers = texts(help_text="The categories that this cohort holds.")
    mixed_types = BooleanField()
    status = ChoiceField(choices=("published", "withheld"))
    n_band = CharField(allow_null=True)
    n = IntegerField(allow_null=True, help_text="To the nearest 5, from 100 organisations on.")
    url = URLField()


class CohortListOut(ReleasePayload):
    data = CohortOut(many=True)


class ObservationOut(Out):
    """Quartiles are points from 0 to 100. A figure that is withheld is null, with `Q` and `C`."""

    cohort = CharField()
    measure = CharField()
    view = ChoiceField(choices=codes_of(vocabulary.VIEWS))
    n_band = CharField(allow_null=True)
    n = IntegerField(allow_null=True)
    q1 = IntegerField(allow_null=True)
    median = IntegerField(allow_null=True)
    q3 = IntegerField(allow_null=True)
    step = IntegerField(allow_null=True, help_text="What the figures are rounded to.")
    half_width = IntegerField(
        allow_null=True,
        help_text="How far the quartiles would move with another, similar set of participants.",
    )
    levels = ListField(
        child=IntegerField(),
        allow_null=True,
        help_text="Organisations at levels 0 to 4, each to the nearest 5.",
    )
    deciles = ListField(child=IntegerField(), allow_null=True)
    met = IntegerField(allow_null=True)
    of = IntegerField(allow_null=True)
    share = IntegerField(allow_null=True, help_text="Per cent that met all minimum standards.")
    share_low = IntegerField(allow_null=True)
    share_high = IntegerField(allow_null=True)
    obs_status = ChoiceField(choices=("A", "Q"), help_text="A normal, Q suppressed.")
    conf_status = ChoiceField(choices=("F", "C"), help_text="F free, C confidential.")


class ObservationPageOut(ReleasePayload, Paged):
    data = ObservationOut(many=True)


class CohortDataOut(ReleasePayload):
    cohort = CohortOut()
    data = ObservationOut(many=True)


class CohortEntryOut(Out):
    """A cohort as the release document lists it."""

    id = CharField()
    kind = CharField()
    parent = CharField(allow_null=True)
    parts = DictField(child=CharField())
    covers = texts()
    mixed_types = BooleanField()
    status = ChoiceField(choices=("published", "withheld"))
    n_band = CharField(allow_null=True)
    n = IntegerField(allow_null=True)


class ReleaseDocumentOut(Payload):
    """The frozen document: canonical JSON whose SHA-256 the release is known by."""

    id = CharField()
    series = ChoiceField(choices=codes_of(vocabulary.SERIES))
    synthetic = BooleanField()
    wave = CharField()
    revision = CharField()
    closed_date = DateField()
    published_date = DateField()
    instrument = EditionRefOut()
    scoring = CharField()
    engine = CharField()
    views = texts()
    measures = texts()
    measures_across_types = texts()
    families = DictField(child=texts())
    region_groups = DictField(child=texts())
    rules = RuleOut(many=True)
    audit = AuditOut(allow_null=True)
    cohorts = CohortEntryOut(many=True)
    observations = ObservationOut(many=True)


class StepOut(Out):
    cohort = CharField()
    outcome = ChoiceField(choices=("used", "withheld", "mixed"))


class ResolutionOut(ReleasePayload):
    requested = CharField(help_text="The cohort that was asked for.")
    used = CharField(allow_null=True, help_text="The one that answers; null where none does.")
    reason = ChoiceField(choices=("exact", "pooled", "fallback", "none"))
    explanation = CharField()
    steps = StepOut(many=True)
    cohort = CohortOut(allow_null=True)
