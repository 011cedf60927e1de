"""Addresses and sign-ins that tests of several slices share."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from assessments.answering.models import Assessment
from portal.accounts.models import Role, User
from tests.factories import MembershipFactory

HOME, START = "/assessments/", "/assessments/start/"
REASON = "We keep no registry of our own, so nothing is pledged."
SUBMITTER = {"name": "Ada Mwangi", "position": "Head of Registry", "statement": "on"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def colleague(assessment: Assessment, role: Role) -> Client:
    return signed_in(MembershipFactory(organisation=assessment.organisation, role=role).user)


def item_url(assessment: Assessment, code: str = "EG1.1") -> str:
    return reverse("assessments:item", args=[assessment.pk, code])


def tasks_url(assessment: Assessment) -> str:
    return reverse("assessments:tasks", args=[assessment.pk])


def check_url(assessment: Assessment) -> str:
    return reverse("assessments:check", args=[assessment.pk])


def text_of(response: Any) -> str:
    """Return what a reader sees: the page's text without its markup and line breaks."""
    text = re.sub(r"<(script|style)[^>]*>.*?</\1>|<[^>]+>", " ", response.content.decode())
    return " ".join(text.replace("&#x27;", "'").split())
