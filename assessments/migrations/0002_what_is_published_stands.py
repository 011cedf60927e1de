"""What is published never changes: the database refuses updates of it. See `portal.db.freezes`."""

from django.db import migrations

from portal.db.freezes import Freeze

SUBMITTED = (
    "(SELECT submitted_at FROM assessments_assessment WHERE id = {row}.assessment_id) IS NOT NULL"
)


class Migration(migrations.Migration):
    dependencies = [("assessments", "0001_assessments")]

    operations = [
        migrations.AddConstraint(
            "instrumentedition",
            Freeze(
                name="assessments_edition_stands",
                message="An instrument edition cannot change. "
                "Load the changed text as a new version.",
            ),
        ),
        migrations.AddConstraint(
            "result",
            Freeze(
                name="assessments_result_stands",
                message="A result cannot change. Store a re-score beside it.",
            ),
        ),
        migrations.AddConstraint(
            "benchmarkrelease",
            Freeze(
                name="assessments_release_stands",
                message="A benchmark release cannot change. Publish a numbered revision.",
            ),
        ),
        migrations.AddConstraint(
            "observation",
            Freeze(
                name="assessments_observation_stands",
                message="An observation cannot change. Publish a numbered revision of its release.",
            ),
        ),
        migrations.AddConstraint(
            "responseevent",
            Freeze(
                name="assessments_event_stands",
                message="The history of a response cannot change. Save the response again.",
            ),
        ),
        migrations.AddConstraint(
            "report",
            Freeze(
                name="assessments_report_stands",
                message="A ready report cannot change. Queue another one.",
                when="{row}.state = 'READY'",
                changeable=[
                    "requested_by_id",
                    "created_at",
                    "progress",
                    "stage",
                    "attempts",
                    "not_before",
                    "lease_until",
                    "claim",
                    "rung_at",
                    "reason",
                    "names_organisation",
                    "build_seconds",
                ],  # fmt: skip
            ),
        ),
        migrations.AddConstraint(
            "response",
            Freeze(
                name="assessments_response_stands",
                message="The responses of a submitted assessment cannot change.",
                when=SUBMITTED,
            ),
        ),
        migrations.AddConstraint(
            "assessment",
            Freeze(
                name="assessments_assessment_stands",
                message="A submitted assessment cannot change what was asked of whom.",
                when="{row}.submitted_at IS NOT NULL",
                changeable=[
                    "wave_id",
                    "is_main_role",
                    "consents_to_benchmark",
                    "created_by_id",
                    "submitted_at",
                    "submitted_by_id",
                    "submitted_as",
                ],  # fmt: skip
            ),
        ),
    ]
