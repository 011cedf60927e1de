"""Where the working group's people find their pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from tests.factories import UserFactory, steward

pytestmark = pytest.mark.django_db


def test_stewards_alone_find_the_way_to_their_pages(client: Any) -> None:
    for person, finds in ((steward(), True), (UserFactory(), False)):
        client.force_login(person)

        for view in ("accounts:account", "assessments:home"):  # the second is where signing in ends
            page = client.get(reverse(view)).content.decode()
            assert (reverse("assessments:stewardship") in page) is finds
