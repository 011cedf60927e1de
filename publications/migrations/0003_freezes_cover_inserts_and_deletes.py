"""The database refuses to add and delete what is published, too, and to change any column of it."""

from django.db import migrations

from portal.db.freezes import Freeze


class Migration(migrations.Migration):
    dependencies = [("publications", "0002_published_words_stand")]

    operations = [
        migrations.RemoveConstraint(
            model_name="edition",
            name="publications_edition_stands",
        ),
        migrations.RemoveConstraint(
            model_name="text",
            name="publications_text_stands",
        ),
        migrations.AddConstraint(
            model_name="edition",
            constraint=Freeze(
                also="{row}.state = 'DRAFT'",
                changeable=("state",),
                delete=True,
                insert=True,
                message="A published edition cannot change. Publish the next one.",
                name="publications_edition_frozen",
                when="{row}.state <> 'DRAFT'",
            ),
        ),
        migrations.AddConstraint(
            model_name="link",
            constraint=Freeze(
                delete=True,
                insert=True,
                message="The links of a published edition cannot change. Publish the next one.",
                name="publications_link_frozen",
                when="EXISTS (SELECT 1 FROM publications_text AS t JOIN publications_edition AS e ON e.id = t.edition_id WHERE t.provision_id = {row}.source_id AND e.state <> 'DRAFT') AND EXISTS (SELECT 1 FROM publications_edition AS e WHERE e.publication_id = (SELECT p.publication_id FROM publications_provision AS p WHERE p.id = {row}.source_id) AND e.state <> 'DRAFT') AND NOT EXISTS (SELECT 1 FROM publications_edition AS d WHERE d.publication_id = (SELECT p.publication_id FROM publications_provision AS p WHERE p.id = {row}.source_id) AND d.state = 'DRAFT')",
                within="source_id",
            ),
        ),
        migrations.AddConstraint(
            model_name="priorityarea",
            constraint=Freeze(
                delete=True,
                insert=True,
                message="The areas of a published edition cannot change. Publish the next one.",
                name="publications_area_frozen",
                when="EXISTS (SELECT 1 FROM publications_edition AS e WHERE e.publication_id = {row}.publication_id AND e.state <> 'DRAFT') AND NOT EXISTS (SELECT 1 FROM publications_edition AS d WHERE d.publication_id = {row}.publication_id AND d.state = 'DRAFT')",
                within="publication_id",
            ),
        ),
        migrations.AddConstraint(
            model_name="provision",
            constraint=Freeze(
                delete=True,
                message="A published provision cannot change. Publish the next edition.",
                name="publications_provision_frozen",
                when="EXISTS (SELECT 1 FROM publications_text AS t JOIN publications_edition AS e ON e.id = t.edition_id WHERE t.provision_id = {row}.id AND e.state <> 'DRAFT')",
            ),
        ),
        migrations.AddConstraint(
            model_name="publication",
            constraint=Freeze(
                changeable=(
                    "position",
                    "page_version",
                    "handle",
                    "record_url",
                    "record_label",
                    "retrieved_date",
                ),
                delete=True,
                message="What is published cannot change. Publish the next edition.",
                name="publications_publication_frozen",
                when="EXISTS (SELECT 1 FROM publications_edition AS e WHERE e.publication_id = {row}.id AND e.state <> 'DRAFT') AND NOT EXISTS (SELECT 1 FROM publications_edition AS d WHERE d.publication_id = {row}.id AND d.state = 'DRAFT')",
            ),
        ),
        migrations.AddConstraint(
            model_name="roadmapaction",
            constraint=Freeze(
                changeable=("status",),
                delete=True,
                insert=True,
                message="The actions of a published edition cannot change. Publish the next one.",
                name="publications_action_frozen",
                when="EXISTS (SELECT 1 FROM publications_text AS t JOIN publications_edition AS e ON e.id = t.edition_id WHERE t.provision_id = {row}.provision_id AND e.state <> 'DRAFT') AND EXISTS (SELECT 1 FROM publications_edition AS e WHERE e.publication_id = (SELECT p.publication_id FROM publications_provision AS p WHERE p.id = {row}.provision_id) AND e.state <> 'DRAFT') AND NOT EXISTS (SELECT 1 FROM publications_edition AS d WHERE d.publication_id = (SELECT p.publication_id FROM publications_provision AS p WHERE p.id = {row}.provision_id) AND d.state = 'DRAFT')",
                within="provision_id",
            ),
        ),
        migrations.AddConstraint(
            model_name="text",
            constraint=Freeze(
                delete=True,
                insert=True,
                message="The words of a published edition cannot change. Publish the next one.",
                name="publications_text_frozen",
                when="(SELECT e.state FROM publications_edition AS e WHERE e.id = {row}.edition_id) <> 'DRAFT'",
                within="edition_id",
            ),
        ),
    ]
