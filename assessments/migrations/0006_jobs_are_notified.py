"""The moment a worker was last woken for a job is called `notified_at`, in all three tables."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("assessments", "0005_report_role")]

    operations = [
        migrations.RenameField("report", "rung_at", "notified_at"),
        migrations.RenameField("releasecandidate", "rung_at", "notified_at"),
        migrations.RenameField("webhookdelivery", "rung_at", "notified_at"),
    ]
