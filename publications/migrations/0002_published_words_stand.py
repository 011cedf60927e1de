"""A published edition keeps its number, day, hash and words: the database refuses updates."""

from django.db import migrations

from portal.db.freezes import Freeze


class Migration(migrations.Migration):
    dependencies = [("publications", "0001_publications")]

    operations = [
        migrations.AddConstraint(
            "edition",
            Freeze(
                name="publications_edition_stands",
                message="A published edition cannot change. Publish the next one.",
                when="{row}.state <> 'DRAFT'",
                changeable=["state"],
                also="{row}.state = 'DRAFT'",
            ),
        ),
        migrations.AddConstraint(
            "text",
            Freeze(
                name="publications_text_stands",
                message="The words of a published edition cannot change. Publish the next one.",
                when="(SELECT state FROM publications_edition WHERE id = {row}.edition_id) "
                "<> 'DRAFT'",
                changeable=["html"],
            ),
        ),
    ]
