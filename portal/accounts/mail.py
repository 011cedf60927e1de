"""Letters: a folder of `subject.txt`, `body.txt` and `body.html` under `templates/emails/`.

Addresses in a letter are built from `SITE_URL`, never from the host that a request named.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string


def send(letter: str, *, to: str, context: Mapping[str, object]) -> None:
    """Send one letter to one address; what the mail server refuses is left to rise."""
    words = {**context, "site_url": settings.SITE_URL, "to": to}
    subject, text, html = (
        render_to_string(f"emails/{letter}/{part}", words)
        for part in ("subject.txt", "body.txt", "body.html")
    )
    message = EmailMultiAlternatives(subject=" ".join(subject.split()), body=text, to=[to])
    message.attach_alternative(html, "text/html")
    message.send()
