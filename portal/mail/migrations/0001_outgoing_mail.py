"""Outgoing mail as rows: addresses and bodies are erased when a mail is sent or has expired."""

import django.utils.timezone
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="OutgoingMail",
            fields=[
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("not_before", models.DateTimeField(default=django.utils.timezone.now)),
                ("lease_until", models.DateTimeField(null=True)),
                ("claim", models.UUIDField(null=True)),
                ("notified_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True)),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("template", models.CharField(max_length=40)),
                ("to", models.EmailField(blank=True, max_length=254)),
                ("subject", models.TextField(blank=True)),
                ("text", models.TextField(blank=True)),
                ("html", models.TextField(blank=True)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("expires_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("QUEUED", "Waiting"),
                            ("SENDING", "Being sent"),
                            ("SENT", "Sent"),
                            ("FAILED", "Failed"),
                        ],
                        default="QUEUED",
                        max_length=7,
                    ),
                ),
                ("sent_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ["-created_at"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["QUEUED", "SENDING"])),
                        fields=["state", "not_before"],
                        name="mail_work_to_do",
                    ),
                    models.Index(
                        condition=models.Q(("to", ""), _negated=True),
                        fields=["expires_at"],
                        name="mail_to_erase",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "SENT"), _negated=True),
                            models.Q(("html", ""), ("subject", ""), ("text", ""), ("to", "")),
                            _connector="OR",
                        ),
                        name="sent_mail_is_erased",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "FAILED"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="failed_mail_says_why",
                    ),
                ],
            },
        ),
    ]
