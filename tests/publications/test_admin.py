"""Operators look at publications in the admin site and change nothing there."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from publications.models import Publication
from tests.factories import UserFactory


@pytest.mark.parametrize("model", ["publication", "edition", "provision", "memberorganisation"])
def test_an_operator_may_look_and_not_change(shipped: object, client: Client, model: str) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    assert client.get(reverse(f"admin:publications_{model}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:publications_{model}_add")).status_code == 403


def test_a_record_cannot_be_saved_there(shipped: object, client: Client) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    record = Publication.objects.get(slug="roadmap-2024")

    response = client.post(
        reverse("admin:publications_publication_change", args=[record.pk]), {"title": "Changed"}
    )

    assert response.status_code == 403
    record.refresh_from_db()
    assert record.title.startswith("A Roadmap for Safe")
