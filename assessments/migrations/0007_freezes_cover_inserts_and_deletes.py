"""The database refuses to add and delete what is published, too, and to change any column of it."""

from django.db import migrations

from portal.db.freezes import Freeze


class Migration(migrations.Migration):
    dependencies = [("assessments", "0006_jobs_are_notified")]

    operations = [
        migrations.RemoveConstraint(
            model_name="assessment",
            name="assessments_assessment_stands",
        ),
        migrations.RemoveConstraint(
            model_name="benchmarkrelease",
            name="assessments_release_stands",
        ),
        migrations.RemoveConstraint(
            model_name="instrumentedition",
            name="assessments_edition_stands",
        ),
        migrations.RemoveConstraint(
            model_name="observation",
            name="assessments_observation_stands",
        ),
        migrations.RemoveConstraint(
            model_name="releasecandidate",
            name="assessments_candidate_stands",
        ),
        migrations.RemoveConstraint(
            model_name="releasemember",
            name="assessments_member_stands",
        ),
        migrations.RemoveConstraint(
            model_name="releasenote",
            name="assessments_note_stands",
        ),
        migrations.RemoveConstraint(
            model_name="report",
            name="assessments_report_stands",
        ),
        migrations.RemoveConstraint(
            model_name="response",
            name="assessments_response_stands",
        ),
        migrations.RemoveConstraint(
            model_name="responseevent",
            name="assessments_event_stands",
        ),
        migrations.RemoveConstraint(
            model_name="result",
            name="assessments_result_stands",
        ),
        migrations.RemoveConstraint(
            model_name="withdrawal",
            name="assessments_withdrawal_stands",
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=Freeze(
                changeable=("consents_to_benchmark",),
                delete=True,
                erasable=("submitted_as",),
                erased="EXISTS (SELECT 1 FROM assessments_withdrawal AS w WHERE w.assessment_id = {row}.id AND w.is_erased)",
                insert=True,
                message="A submitted assessment cannot change.",
                name="assessments_assessment_frozen",
                when="{row}.submitted_at IS NOT NULL",
            ),
        ),
        migrations.AddConstraint(
            model_name="benchmarkrelease",
            constraint=Freeze(
                delete=True,
                message="A benchmark release cannot change. Publish a numbered revision.",
                name="assessments_release_frozen",
            ),
        ),
        migrations.AddConstraint(
            model_name="instrumentedition",
            constraint=Freeze(
                delete=True,
                message="An instrument edition cannot change. Load the changed text as a new version.",
                name="assessments_edition_frozen",
            ),
        ),
        migrations.AddConstraint(
            model_name="observation",
            constraint=Freeze(
                delete=True,
                insert="EXISTS (SELECT 1 FROM assessments_releasecandidate AS c WHERE c.release_id = {row}.release_id AND c.state = 'PUBLISHED')",
                message="An observation cannot change. Publish a numbered revision of its release.",
                name="assessments_observation_frozen",
            ),
        ),
        migrations.AddConstraint(
            model_name="releasecandidate",
            constraint=Freeze(
                changeable=(
                    "progress",
                    "stage",
                    "attempts",
                    "not_before",
                    "lease_until",
                    "claim",
                    "notified_at",
                    "reason",
                ),
                delete=True,
                insert=True,
                message="A published candidate cannot change. Queue a numbered revision.",
                name="assessments_candidate_frozen",
                when="{row}.state = 'PUBLISHED'",
            ),
        ),
        migrations.AddConstraint(
            model_name="releasemember",
            constraint=Freeze(
                insert="EXISTS (SELECT 1 FROM assessments_releasecandidate AS c WHERE c.release_id = {row}.release_id AND c.state = 'PUBLISHED')",
                message="Who was counted in a release cannot change.",
                name="assessments_member_frozen",
            ),
        ),
        migrations.AddConstraint(
            model_name="releasenote",
            constraint=Freeze(
                delete=True,
                message="A confirmed note about a release cannot change. Propose another one.",
                name="assessments_note_frozen",
                when="{row}.confirmed_at IS NOT NULL",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=Freeze(
                changeable=(
                    "progress",
                    "stage",
                    "attempts",
                    "not_before",
                    "lease_until",
                    "claim",
                    "notified_at",
                    "reason",
                    "build_seconds",
                ),
                delete=True,
                erased="EXISTS (SELECT 1 FROM assessments_withdrawal AS w WHERE w.assessment_id = {row}.assessment_id AND w.is_erased)",
                insert=True,
                message="A ready report cannot change. Queue another one.",
                name="assessments_report_frozen",
                when="{row}.state = 'READY'",
            ),
        ),
        migrations.AddConstraint(
            model_name="response",
            constraint=Freeze(
                delete=True,
                erased="EXISTS (SELECT 1 FROM assessments_withdrawal AS w WHERE w.assessment_id = {row}.assessment_id AND w.is_erased)",
                insert=True,
                message="The responses of a submitted assessment cannot change.",
                name="assessments_response_frozen",
                when="EXISTS (SELECT 1 FROM assessments_assessment AS a WHERE a.id = {row}.assessment_id AND a.submitted_at IS NOT NULL)",
                within="assessment_id",
            ),
        ),
        migrations.AddConstraint(
            model_name="responseevent",
            constraint=Freeze(
                delete=True,
                erased="EXISTS (SELECT 1 FROM assessments_withdrawal AS w WHERE w.assessment_id = {row}.assessment_id AND w.is_erased)",
                insert="EXISTS (SELECT 1 FROM assessments_assessment AS a WHERE a.id = {row}.assessment_id AND a.submitted_at IS NOT NULL)",
                message="The history of a response cannot change. Save the response again.",
                name="assessments_event_frozen",
            ),
        ),
        migrations.AddConstraint(
            model_name="result",
            constraint=Freeze(
                delete=True,
                erased="EXISTS (SELECT 1 FROM assessments_withdrawal AS w WHERE w.assessment_id = {row}.assessment_id AND w.is_erased)",
                insert="EXISTS (SELECT 1 FROM assessments_assessment AS a WHERE a.id = {row}.assessment_id AND a.submitted_at IS NOT NULL) AND (NOT EXISTS (SELECT 1 FROM assessments_result AS r WHERE r.assessment_id = {row}.assessment_id) OR EXISTS (SELECT 1 FROM assessments_result AS r WHERE r.assessment_id = {row}.assessment_id AND r.engine = {row}.engine))",
                message="A result cannot change. Store a re-score by another engine beside it.",
                name="assessments_result_frozen",
            ),
        ),
        migrations.AddConstraint(
            model_name="withdrawal",
            constraint=Freeze(
                delete=True,
                message="A withdrawal cannot change.",
                name="assessments_withdrawal_frozen",
            ),
        ),
    ]
