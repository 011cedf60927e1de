"""Publications, their editions and texts, the provisions they hold, and what links them.

A provision (recommendation, action, section or term) has one permanent identity outside the
editions that carry its words, so links, results and citations can point at it for ever.

Over 400 lines, because the conditions that freeze these tables read one another.
"""

from __future__ import annotations

import uuid
from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.db.freezes import Freeze
from portal.vocabulary import names

# Conditions of the freezes. While the next edition of a publication is a draft, what the current
# one takes from other rows than its own may change with it, in the transaction that publishes it.
PUBLISHED = (
    "EXISTS (SELECT 1 FROM publications_edition AS e WHERE e.publication_id = {publication} "
    "AND e.state <> 'DRAFT') AND NOT EXISTS (SELECT 1 FROM publications_edition AS d "
    "WHERE d.publication_id = {publication} AND d.state = 'DRAFT')"
)
PUBLICATION_OF = "(SELECT p.publication_id FROM publications_provision AS p WHERE p.id = {row}.%s)"
IN_AN_EDITION = (
    "EXISTS (SELECT 1 FROM publications_text AS t JOIN publications_edition AS e "
    "ON e.id = t.edition_id WHERE t.provision_id = {row}.%s AND e.state <> 'DRAFT')"
)


def _published(publication: str) -> str:
    return PUBLISHED.replace("{publication}", publication)


def _published_with(provision: str) -> str:
    """Return the condition that a row belongs to a provision of the published edition."""
    return f"{IN_AN_EDITION % provision} AND {_published(PUBLICATION_OF % provision)}"


class Origin(models.TextChoices):
    OFFICIAL = "OFFICIAL", _("Official record of the working group")
    COMPANION = "COMPANION", _("Companion content of this portal")


class Horizon(models.TextChoices):
    MEDIUM = "MEDIUM", _("Medium term")
    LONG = "LONG", _("Long term")


class Publication(models.Model):
    """A title. An unknown field is empty and is never filled by a guess.

    `issued` is as exact as known: "2024", "2025-06-06" or empty. `series_line` stands above the
    title on covers. `dimension` is the questionnaire it belongs with. `page_version` changes
    with anything its pages show, so that a reader's copy can be confirmed by one query.
    """

    class Kind(models.TextChoices):
        ROADMAP = "ROADMAP", _("Roadmap")
        SUMMARY = "SUMMARY", _("Executive summary")
        NOTE = "NOTE", _("Guidance note")
        GLOSSARY = "GLOSSARY", _("Glossary")

    slug = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    position = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField(null=True, blank=True)
    title = models.CharField(max_length=250)
    title_known = models.BooleanField(default=True)
    subtitle = models.CharField(max_length=250, blank=True)
    series_line = models.CharField(max_length=250, blank=True)
    dimension = models.CharField(max_length=2, choices=names.dimensions, blank=True)
    abstract = models.TextField(blank=True)
    corporate_author = models.CharField(max_length=250, blank=True)
    chairs = models.JSONField(default=list, blank=True)
    contributors = models.JSONField(default=list, blank=True)
    issued = models.CharField(max_length=10, blank=True)
    licence = models.CharField(max_length=120, blank=True)
    handle = models.URLField(blank=True)
    record_url = models.URLField(blank=True)
    record_label = models.CharField(max_length=120, blank=True)  # what the link leads to
    retrieved_date = models.DateField(null=True, blank=True)
    citation = models.CharField(max_length=500, blank=True)
    facts = models.JSONField(default=list, blank=True)  # [{"label": …, "value": …}] shown as given
    membership_remark = models.CharField(max_length=300, blank=True)  # what its list leaves open
    page_version = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ["position", "slug"]
        constraints = [
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="origin_known"),
            Freeze(
                name="publications_publication_frozen",
                message="What is published cannot change. Publish the next edition.",
                when=_published("{row}.id"),
                changeable=[
                    *("position", "page_version", "handle", "record_url", "record_label"),
                    "retrieved_date",
                ],
                delete=True,
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_companion(self) -> bool:
        return self.origin == Origin.COMPANION

    @property
    def issued_date(self) -> date | None:
        """The day of issue, where it is known to the day."""
        return date.fromisoformat(self.issued) if len(self.issued) == 10 else None


class EditionQuerySet(models.QuerySet["Edition"]):
    def published(self, *, on: date) -> EditionQuerySet:
        """Return editions that readers may see on that day, superseded ones included."""
        return self.filter(
            state__in=[Edition.State.PUBLISHED, Edition.State.SUPERSEDED], published_date__lte=on
        )

    def current(self, *, on: date) -> EditionQuerySet:
        """Return the one edition of each publication that is in force on that day."""
        return self.filter(state=Edition.State.PUBLISHED, published_date__lte=on)


class Edition(models.Model):
    """One dated, numbered text of a publication. Once published its words never change.

    `sha256` is that of the edition's canonical content (numbers, labels, words), in hex.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("Draft")
        PUBLISHED = "PUBLISHED", _("Published")
        SUPERSEDED = "SUPERSEDED", _("Superseded")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    published_date = models.DateField(null=True)
    change_note = models.TextField()
    sha256 = models.CharField(max_length=64, editable=False)

    objects = EditionQuerySet.as_manager()

    class Meta:
        ordering = ["publication", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["publication", "number"], name="one_edition_per_number"
            ),
            models.UniqueConstraint(
                fields=["publication"],
                condition=Q(state="PUBLISHED"),
                name="one_published_edition_per_publication",
            ),
            models.CheckConstraint(
                condition=Q(state="DRAFT") | Q(published_date__isnull=False),
                name="published_edition_has_its_day",
            ),
            Freeze(
                name="publications_edition_frozen",
                message="A published edition cannot change. Publish the next one.",
                when="{row}.state <> 'DRAFT'",
                changeable=["state"],
                also="{row}.state = 'DRAFT'",
                insert=True,
                delete=True,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.publication}, edition {self.number}"


class Provision(models.Model):
    """A recommendation, action, section or term, with a permanent UUID and label."""

    class Kind(models.TextChoices):
        SECTION = "SECTION", _("Section")
        RECOMMENDATION = "RECOMMENDATION", _("Recommendation")
        ACTION = "ACTION", _("Roadmap action")
        TERM = "TERM", _("Term")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    label = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=14, choices=Kind.choices)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    publication = models.ForeignKey(
        Publication, on_delete=models.PROTECT, related_name="provisions"
    )
    source_page = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["label"]
        constraints = [
            models.CheckConstraint(
                condition=Q(origin="COMPANION") | ~Q(source_page=""),
                name="official_provision_names_its_page",
            ),
            Freeze(
                name="publications_provision_frozen",
                message="A published provision cannot change. Publish the next edition.",
                when=IN_AN_EDITION % "id",
                delete=True,
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Text(models.Model):
    """The words of one provision in one edition and language.

    `markdown` is the source, `html` its safe rendering made when it is saved. `audience` holds
    respondent type codes, `grounding` the named public standards behind it.
    """

    class Change(models.TextChoices):
        NEW = "NEW", _("New")
        UNCHANGED = "UNCHANGED", _("Unchanged")
        EDITORIAL = "EDITORIAL", _("Editorial")
        SUBSTANTIVE = "SUBSTANTIVE", _("Substantive")

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="texts")
    provision = models.ForeignKey(Provision, on_delete=models.PROTECT, related_name="texts")
    language = models.CharField(max_length=12, default="en")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=250)
    markdown = models.TextField()
    html = models.TextField(editable=False)
    audience = models.JSONField(default=list, blank=True)
    grounding = models.JSONField(default=list, blank=True)
    change = models.CharField(max_length=12, choices=Change.choices, default=Change.NEW)

    class Meta:
        ordering = ["edition", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["edition", "provision", "language"], name="one_text_per_provision"
            ),
            Freeze(
                name="publications_text_frozen",
                message="The words of a published edition cannot change. Publish the next one.",
                when="(SELECT e.state FROM publications_edition AS e "
                "WHERE e.id = {row}.edition_id) <> 'DRAFT'",
                insert=True,
                delete=True,
                within="edition_id",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provision_id} in {self.edition_id} ({self.language})"


class Link(models.Model):
    """A typed relation from a provision to another, or to a questionnaire item by its code."""

    class Relation(models.TextChoices):
        NAMES = "NAMES", _("names")  # roadmap action → recommendation
        ANSWERED_BY = "ANSWERED_BY", _("is answered by")  # recommendation → item
        SEE_ALSO = "SEE_ALSO", _("see also")

    source = models.ForeignKey(Provision, on_delete=models.PROTECT, related_name="links")
    relation = models.CharField(max_length=12, choices=Relation.choices)
    target = models.ForeignKey(
        Provision, null=True, blank=True, on_delete=models.PROTECT, related_name="links_in"
    )
    target_item = models.CharField(max_length=12, blank=True)

    class Meta:
        ordering = ["source", "relation", "id"]
        indexes = [models.Index(fields=["target_item"], name="link_by_item")]
        constraints = [
            models.CheckConstraint(
                condition=Q(target__isnull=False, target_item="")
                | (Q(target__isnull=True) & ~Q(target_item="")),
                name="link_has_one_target",
            ),
            models.UniqueConstraint(
                fields=["source", "relation", "target"],
                condition=Q(target__isnull=False),
                name="one_link_to_a_provision",
            ),
            models.UniqueConstraint(
                fields=["source", "relation", "target_item"],
                condition=Q(target__isnull=True),
                name="one_link_to_an_item",
            ),
            Freeze(
                name="publications_link_frozen",
                message="The links of a published edition cannot change. Publish the next one.",
                when=_published_with("source_id"),
                insert=True,
                delete=True,
                within="source_id",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.relation} {self.target_id or self.target_item}"


class PriorityArea(models.Model):
    """A group of roadmap actions with a common aim."""

    publication = models.ForeignKey(
        Publication, on_delete=models.PROTECT, related_name="priority_areas"
    )
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    summary = models.TextField()

    class Meta:
        ordering = ["publication", "number"]
        constraints = [
            models.UniqueConstraint(fields=["publication", "number"], name="one_area_per_number"),
            Freeze(
                name="publications_area_frozen",
                message="The areas of a published edition cannot change. Publish the next one.",
                when=_published("{row}.publication_id"),
                insert=True,
                delete=True,
                within="publication_id",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class RoadmapAction(models.Model):
    """What a provision of kind ACTION says beyond its words: where, when, who and how measured."""

    class Status(models.TextChoices):
        PROPOSED = "PROPOSED", _("Proposed")
        UNDER_WAY = "UNDER_WAY", _("Under way")
        DONE = "DONE", _("Done")

    provision = models.OneToOneField(
        Provision, on_delete=models.PROTECT, primary_key=True, related_name="action"
    )
    area = models.ForeignKey(PriorityArea, on_delete=models.PROTECT, related_name="actions")
    horizon = models.CharField(max_length=6, choices=Horizon.choices)
    actors = models.JSONField(default=list)  # respondent type codes
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PROPOSED)
    measure = models.TextField()  # how one would see that it is done

    class Meta:
        ordering = ["area", "horizon", "provision"]
        constraints = [
            Freeze(
                name="publications_action_frozen",
                message="The actions of a published edition cannot change. Publish the next one.",
                when=_published_with("provision_id"),
                changeable=["status"],
                insert=True,
                delete=True,
                within="provision_id",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provision_id} ({self.horizon})"


class MemberOrganisation(models.Model):
    """An organisation in the working group's directory."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    category = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class MembershipListing(models.Model):
    """That a publication lists an organisation as a member or an observer, as printed there."""

    class Standing(models.TextChoices):
        MEMBER = "MEMBER", _("Member")
        OBSERVER = "OBSERVER", _("Observer")

    member = models.ForeignKey(
        MemberOrganisation, on_delete=models.PROTECT, related_name="listings"
    )
    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="listings")
    standing = models.CharField(max_length=8, choices=Standing.choices)
    printed_as = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["publication", "member"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "publication"], name="one_listing_per_publication"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.standing} {self.publication_id}"
