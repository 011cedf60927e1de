"""What was decided about a release never changes: the database refuses updates of it."""

from django.db import migrations

from portal.db.freezes import Freeze


class Migration(migrations.Migration):
    dependencies = [("assessments", "0003_release_workflow")]

    operations = [
        migrations.AddConstraint(
            "releasecandidate",
            Freeze(
                name="assessments_candidate_stands",
                message="A published candidate cannot change. Queue a numbered revision.",
                when="{row}.state = 'PUBLISHED'",
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
                ],  # fmt: skip
            ),
        ),
        migrations.AddConstraint(
            "releasenote",
            Freeze(
                name="assessments_note_stands",
                message="What was said of a release cannot change. Say something more.",
                when="{row}.confirmed_at IS NOT NULL",
            ),
        ),
        migrations.AddConstraint(
            "withdrawal",
            Freeze(name="assessments_withdrawal_stands", message="A withdrawal cannot change."),
        ),
        migrations.AddConstraint(
            "releasemember",
            Freeze(
                name="assessments_member_stands",
                message="Who was counted in a release cannot change.",
            ),
        ),
    ]
