"""Take the choices of fields from the vocabulary: state alone, no column changes."""

import portal.vocabulary.names
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0007_freezes_cover_inserts_and_deletes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="assessment",
            name="market",
            field=models.CharField(choices=portal.vocabulary.names.markets, max_length=10),
        ),
        migrations.AlterField(
            model_name="assessment",
            name="respondent_type",
            field=models.CharField(choices=portal.vocabulary.names.respondent_types, max_length=2),
        ),
        migrations.AlterField(
            model_name="assessment",
            name="size_band",
            field=models.CharField(choices=portal.vocabulary.names.size_bands, max_length=8),
        ),
        migrations.AlterField(
            model_name="response",
            name="evidence",
            field=models.PositiveSmallIntegerField(default=0),
        ),
    ]
