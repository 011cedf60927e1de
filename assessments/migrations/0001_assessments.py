# ruff: noqa: E501 — labels stand as makemigrations writes them

import uuid

import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import assessments.reports.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_accounts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Instrument",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, unique=True)),
                ("title", models.CharField(max_length=200)),
            ],
            options={
                "ordering": ["code"],
            },
        ),
        migrations.CreateModel(
            name="InstrumentEdition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.CharField(max_length=20)),
                ("document", models.TextField()),
                ("sha256", models.CharField(max_length=64, unique=True)),
                (
                    "loaded_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "instrument",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="editions",
                        to="assessments.instrument",
                    ),
                ),
            ],
            options={
                "ordering": ["instrument", "-loaded_at"],
                "get_latest_by": "loaded_at",
            },
        ),
        migrations.CreateModel(
            name="BenchmarkRelease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40, unique=True)),
                (
                    "series",
                    models.CharField(
                        choices=[("market", "Market"), ("demo", "Demonstration")], max_length=6
                    ),
                ),
                ("revision", models.PositiveSmallIntegerField(default=1)),
                ("document", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("published_at", models.DateTimeField()),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="releases",
                        to="assessments.instrumentedition",
                    ),
                ),
            ],
            options={
                "ordering": ["series", "-published_at"],
            },
        ),
        migrations.CreateModel(
            name="Assessment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "respondent_type",
                    models.CharField(
                        choices=[
                            ("RG", "Registry"),
                            ("SB", "Standards body or crediting programme"),
                            ("EX", "Exchange or trading platform"),
                            ("VB", "Validation and verification body"),
                            ("RA", "Rating agency"),
                            ("PD", "Project developer"),
                            ("BI", "Broker or other intermediary"),
                            ("NR", "National registry or regulator"),
                            ("DP", "Data or digital MRV provider"),
                        ],
                        max_length=2,
                    ),
                ),
                ("operates_registry", models.BooleanField(null=True)),
                ("is_main_role", models.BooleanField(default=True)),
                ("modules", models.JSONField(default=list)),
                (
                    "market",
                    models.CharField(
                        choices=[
                            ("voluntary", "Voluntary"),
                            ("compliance", "Compliance"),
                            ("both", "Both"),
                        ],
                        max_length=10,
                    ),
                ),
                ("country", models.CharField(max_length=2)),
                ("country_vintage", models.CharField(max_length=20)),
                ("region", models.CharField(max_length=60)),
                ("income_group", models.CharField(max_length=30)),
                (
                    "size_band",
                    models.CharField(
                        choices=[
                            ("1-9", "1 to 9 staff"),
                            ("10-49", "10 to 49 staff"),
                            ("50-249", "50 to 249 staff"),
                            ("250+", "250 staff or more"),
                        ],
                        max_length=8,
                    ),
                ),
                ("consents_to_benchmark", models.BooleanField(default=False)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                ("submitted_at", models.DateTimeField(editable=False, null=True)),
                ("submitted_as", models.CharField(blank=True, max_length=160)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assessments",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assessments",
                        to="assessments.instrumentedition",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="Observation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField()),
                ("cohort", models.CharField(max_length=120)),
                ("measure", models.CharField(max_length=20)),
                ("view", models.CharField(max_length=10)),
                ("figures", models.JSONField()),
                (
                    "release",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="observations",
                        to="assessments.benchmarkrelease",
                    ),
                ),
            ],
            options={
                "ordering": ["release", "position"],
            },
        ),
        migrations.CreateModel(
            name="Response",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("item", models.CharField(max_length=12)),
                ("rating", models.PositiveSmallIntegerField(null=True)),
                ("dont_know", models.BooleanField(default=False)),
                ("not_applicable", models.BooleanField(default=False)),
                (
                    "reason_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("ACTIVITY", "We do not carry out this activity"),
                            ("MARKET", "Nothing of the kind exists in our market or jurisdiction"),
                            ("OTHER_BODY", "Another body is responsible for it by law or mandate"),
                            ("OTHER", "Another reason"),
                        ],
                        max_length=10,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                (
                    "evidence",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "None"),
                            (1, "Reference: title, version, date and owner of a document"),
                            (
                                2,
                                "Artefact: a policy, record, log or configuration from the last 24 months",
                            ),
                            (
                                3,
                                "Independent: an audit, certificate or accreditation, in date and on the practice",
                            ),
                        ],
                        default=0,
                    ),
                ),
                ("evidence_reference", models.TextField(blank=True)),
                ("note", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="responses",
                        to="assessments.assessment",
                    ),
                ),
                (
                    "updated_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["assessment", "item"],
            },
        ),
        migrations.CreateModel(
            name="ResponseEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("item", models.CharField(max_length=12)),
                ("version", models.PositiveIntegerField()),
                (
                    "answer",
                    models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="response_events",
                        to="assessments.assessment",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["assessment", "item", "version"],
            },
        ),
        migrations.CreateModel(
            name="Result",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("document", models.TextField()),
                ("engine", models.CharField(max_length=20)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="results",
                        to="assessments.assessment",
                    ),
                ),
            ],
            options={
                "ordering": ["assessment", "-created_at"],
                "get_latest_by": "created_at",
            },
        ),
        migrations.CreateModel(
            name="Report",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("QUEUED", "Waiting to be built"),
                            ("BUILDING", "Being built"),
                            ("READY", "Ready"),
                            ("FAILED", "Failed"),
                        ],
                        default="QUEUED",
                        max_length=8,
                    ),
                ),
                ("progress", models.PositiveSmallIntegerField(default=0)),
                ("stage", models.CharField(blank=True, max_length=80)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("not_before", models.DateTimeField(default=django.utils.timezone.now)),
                ("lease_until", models.DateTimeField(null=True)),
                ("claim", models.UUIDField(null=True)),
                ("rung_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True)),
                ("file", models.FileField(blank=True, max_length=200, upload_to="reports/")),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("size", models.PositiveIntegerField(default=0)),
                ("pages", models.PositiveSmallIntegerField(default=0)),
                (
                    "verification_code",
                    models.CharField(
                        default=assessments.reports.models.new_verification_code,
                        editable=False,
                        max_length=40,
                        unique=True,
                    ),
                ),
                ("names_organisation", models.BooleanField(default=False)),
                ("ready_at", models.DateTimeField(null=True)),
                ("build_seconds", models.FloatField(null=True)),
                (
                    "assessment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reports",
                        to="assessments.assessment",
                    ),
                ),
                (
                    "release",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="assessments.benchmarkrelease",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "result",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reports",
                        to="assessments.result",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="Wave",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=20, unique=True)),
                ("title", models.CharField(max_length=80)),
                ("opens_date", models.DateField()),
                ("closes_date", models.DateField()),
                ("is_demonstration", models.BooleanField(default=False)),
            ],
            options={
                "ordering": ["-opens_date", "code"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("closes_date__gt", models.F("opens_date"))),
                        name="wave_opens_before_close",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="benchmarkrelease",
            name="wave",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="releases",
                to="assessments.wave",
            ),
        ),
        migrations.AddField(
            model_name="assessment",
            name="wave",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="assessments",
                to="assessments.wave",
            ),
        ),
        migrations.AddConstraint(
            model_name="instrumentedition",
            constraint=models.UniqueConstraint(
                fields=("instrument", "version"), name="one_edition_per_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="observation",
            constraint=models.UniqueConstraint(
                fields=("release", "cohort", "measure", "view"), name="one_observation_per_figure"
            ),
        ),
        migrations.AddConstraint(
            model_name="observation",
            constraint=models.UniqueConstraint(
                fields=("release", "position"), name="one_observation_per_position"
            ),
        ),
        migrations.AddConstraint(
            model_name="response",
            constraint=models.UniqueConstraint(
                fields=("assessment", "item"), name="one_response_per_item"
            ),
        ),
        migrations.AddConstraint(
            model_name="response",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("dont_know", False), ("not_applicable", False), ("rating__isnull", False)
                    ),
                    models.Q(
                        ("dont_know", True), ("not_applicable", False), ("rating__isnull", True)
                    ),
                    models.Q(
                        ("dont_know", False), ("not_applicable", True), ("rating__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="response_is_one_kind_of_answer",
            ),
        ),
        migrations.AddConstraint(
            model_name="response",
            constraint=models.CheckConstraint(
                condition=models.Q(("rating__isnull", True), ("rating__lte", 4), _connector="OR"),
                name="rating_from_0_to_4",
            ),
        ),
        migrations.AddConstraint(
            model_name="response",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("evidence", 0),
                    models.Q(("evidence__lte", 3), ("rating__isnull", False)),
                    _connector="OR",
                ),
                name="evidence_from_0_to_3_beside_a_rating",
            ),
        ),
        migrations.AddConstraint(
            model_name="response",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("not_applicable", True),
                        ("reason_kind__in", ["ACTIVITY", "MARKET", "OTHER_BODY", "OTHER"]),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    models.Q(("not_applicable", False), ("reason_kind", "")),
                    _connector="OR",
                ),
                name="not_applicable_gives_its_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="responseevent",
            constraint=models.UniqueConstraint(
                fields=("assessment", "item", "version"), name="one_event_per_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="result",
            constraint=models.UniqueConstraint(
                fields=("assessment", "sha256"), name="one_result_per_assessment_and_content"
            ),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(
                condition=models.Q(("state__in", ["QUEUED", "BUILDING"])),
                fields=["state", "not_before"],
                name="report_work_to_do",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "READY"), _negated=True),
                    models.Q(
                        models.Q(("file", ""), _negated=True),
                        models.Q(("sha256", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="ready_report_has_its_file",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "FAILED"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="failed_report_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="benchmarkrelease",
            constraint=models.UniqueConstraint(
                fields=("series", "wave", "revision"), name="one_release_per_wave_and_revision"
            ),
        ),
        migrations.AddConstraint(
            model_name="benchmarkrelease",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("code__startswith", "demo-"), ("series", "demo")),
                    models.Q(
                        ("series", "market"), models.Q(("code__startswith", "demo-"), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="demonstration_release_says_so_in_its_code",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("submitted_at", None)),
                fields=("organisation", "respondent_type", "edition", "wave"),
                name="one_open_assessment_per_edition",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("operates_registry__isnull", False), ("respondent_type", "NR")),
                    models.Q(
                        models.Q(("respondent_type", "NR"), _negated=True),
                        ("operates_registry__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="national_authority_says_whether_it_runs_a_registry",
            ),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("submitted_at", None), ("submitted_by__isnull", False), _connector="OR"
                ),
                name="submission_names_who_submitted",
            ),
        ),
    ]
