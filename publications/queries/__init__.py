"""Reads of what is published: rows in, plain values out. Drafts never leave this package."""

from publications.queries.editions import (
    EditionRow,
    PublicationEntry,
    current_publications,
    library_version,
    page_versions,
    publication_entry,
    today,
)
from publications.queries.members import (
    MemberRow,
    membership_lists,
)
from publications.queries.provisions import (
    AreaGroup,
    HorizonGroup,
    NamedLink,
    RecommendationRef,
    Shown,
    Uptake,
    address_of,
    item_path,
    provision_path,
    recommendation_texts,
    recommendation_to_cite,
    recommendations_for,
    roadmap_areas,
    shown_texts,
)
from publications.queries.search import (
    Hit,
    LibraryEntry,
    library,
)

__all__ = [
    "AreaGroup",
    "EditionRow",
    "Hit",
    "HorizonGroup",
    "LibraryEntry",
    "MemberRow",
    "NamedLink",
    "PublicationEntry",
    "RecommendationRef",
    "Shown",
    "Uptake",
    "address_of",
    "current_publications",
    "item_path",
    "library",
    "library_version",
    "membership_lists",
    "page_versions",
    "provision_path",
    "publication_entry",
    "recommendation_texts",
    "recommendation_to_cite",
    "recommendations_for",
    "roadmap_areas",
    "shown_texts",
    "today",
]
