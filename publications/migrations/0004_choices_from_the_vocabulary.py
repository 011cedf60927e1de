"""Take the choices of fields from the vocabulary: state alone, no column changes."""

import portal.vocabulary.names
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("publications", "0003_freezes_cover_inserts_and_deletes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="publication",
            name="dimension",
            field=models.CharField(
                blank=True, choices=portal.vocabulary.names.dimensions, max_length=2
            ),
        ),
    ]
