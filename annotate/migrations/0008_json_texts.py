"""On PostgreSQL the texts of a pair are `json`: as they were written, read without being put together again."""

from typing import Any

from django.db import migrations

from annotate.models.texts import JSONText

TEXTS = ("conversation", "response_a", "response_b")


def retype(kind: str) -> Any:
    """All three in one statement, which writes the table anew once. SQLite keeps text either way."""

    def run(apps: Any, schema_editor: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            changes = ", ".join(f"ALTER {name} TYPE {kind} USING {name}::{kind}" for name in TEXTS)
            schema_editor.execute(f"ALTER TABLE annotate_pair {changes}", params=None)

    return run


class Migration(migrations.Migration):
    dependencies = [("annotate", "0007_learning")]
    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunPython(retype("json"), retype("jsonb"))],
            [migrations.AlterField("pair", name, JSONText()) for name in TEXTS],
        )
    ]
