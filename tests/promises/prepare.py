"""Fills and reads the database of a site: run as a process, since the test's own is another.

python -m tests.promises.prepare assessments 3    assessments to answer, and a session of each
python -m tests.promises.prepare answers          every stored answer, as kept by the site
python -m tests.promises.prepare reports          every report and its state
python -m tests.promises.prepare sound            whether the database finds itself sound
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django


def main() -> None:
    django.setup()
    name, *rest = sys.argv[1:]
    known: dict[str, Callable[..., Any]] = {
        "assessments": assessments,
        "answers": answers,
        "reports": reports,
        "sound": sound,
    }
    print(json.dumps(known[name](*map(int, rest))))


def assessments(number: int, complete: int = 0) -> dict[str, Any]:
    """Make open assessments, `complete` 1 for answered ones, each of an organisation of its own."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.core.management import call_command
    from django.utils.timezone import now

    from assessments.answering import actions as answering
    from assessments.answering import queries as answering_queries
    from assessments.answering.models import Wave
    from assessments.questionnaires import queries
    from tests.factories import MembershipFactory
    from tests.promises.world import rated, start

    call_command("load_instrument", verbosity=0)
    edition = queries.current_edition()
    assert edition is not None
    today = now().date()
    wave, _created = Wave.objects.get_or_create(
        code="2026-W9",
        defaults={
            "title": "The open period",
            "opens_date": today - timedelta(days=9),
            "closes_date": today + timedelta(days=9),
        },
    )
    made = []
    for _ in range(number):
        membership = MembershipFactory()
        owner = membership.user
        assessment = start(membership.organisation, "RG", edition, wave, owner)
        if complete:
            for item in answering_queries.items_of(assessment):
                answering.save_response(
                    assessment=assessment,
                    item=item,
                    answer=rated(2),
                    by=owner,
                    at=now(),
                    base_version=0,
                )
        session = SessionStore()
        session[SESSION_KEY] = str(owner.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = owner.get_session_auth_hash()
        session.create()
        made.append({"id": str(assessment.pk), "session": session.session_key})
    items = list(answering_queries.items_of(assessment))
    return {"assessments": made, "items": items}


def answers() -> dict[str, Any]:
    from assessments.answering.models import Response, ResponseEvent

    stored = {
        f"{row.assessment_id} {row.item}": [row.version, row.note] for row in Response.objects.all()
    }
    events: dict[str, list[Any]] = {}
    for event in ResponseEvent.objects.order_by("version"):
        kept = events.setdefault(f"{event.assessment_id} {event.item}", [])
        kept.append([event.version, event.answer["note"]])
    return {"stored": stored, "events": events}


def reports() -> list[dict[str, Any]]:
    from assessments.answering.models import Assessment, Result
    from assessments.reports.models import Report

    return [
        {
            "assessment": str(assessment.pk),
            "submitted": assessment.is_submitted,
            "results": Result.objects.filter(assessment=assessment).count(),
            "reports": list(
                Report.objects.filter(assessment=assessment).values_list("state", flat=True)
            ),
            "reasons": list(
                Report.objects.filter(assessment=assessment).values_list("reason", flat=True)
            ),
        }
        for assessment in Assessment.objects.all()
    ]


def sound() -> bool:
    from django.db import connection

    if connection.vendor != "sqlite":
        return True  # PostgreSQL stops by itself where it is not
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA integrity_check")
        return bool(cursor.fetchone() == ("ok",))


if __name__ == "__main__":
    main()
