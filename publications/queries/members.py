"""Who is listed as a member of the working group, by publication."""

from __future__ import annotations

from dataclasses import dataclass, field

from publications.models import (
    MembershipListing,
    Publication,
)


@dataclass(kw_only=True)
class MemberRow:
    name: str
    category: str
    listings: dict[int, MembershipListing] = field(default_factory=dict)

    @property
    def printed_forms(self) -> list[str]:
        """The other forms in which its name is printed, each once."""
        return sorted({row.printed_as for row in self.listings.values() if row.printed_as})

    @property
    def observes(self) -> bool:
        observer = MembershipListing.Standing.OBSERVER
        return any(row.standing == observer for row in self.listings.values())


def membership_lists() -> tuple[list[MemberRow], list[Publication]]:
    """Return members with their listings by publication, and the publications that list any."""
    rows: dict[int, MemberRow] = {}
    publications: dict[int, Publication] = {}
    listings = MembershipListing.objects.select_related("member", "publication").order_by(
        "member__name", "publication__position"
    )
    for listing in listings:
        publications[listing.publication_id] = listing.publication
        row = rows.setdefault(
            listing.member_id,
            MemberRow(name=listing.member.name, category=listing.member.category),
        )
        row.listings[listing.publication_id] = listing
    return list(rows.values()), sorted(publications.values(), key=lambda p: p.position)
