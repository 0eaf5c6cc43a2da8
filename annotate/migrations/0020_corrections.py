"""Checks of wanted qualities, what a correction lifted, and gold records that tell of both.

Gold rows written before get theirs anew, from what was there when they were settled.
"""

from typing import Any

from django.db import migrations, models
from django.db.models import Q

from annotate.domain import record
from annotate.models.guards import install, lift
from annotate.models.protocol import CLOSED, FREE


def fill(apps: Any, schema_editor: Any) -> None:
    gold_model, verdict_model, assistance_model = (
        apps.get_model("annotate", name) for name in ("Gold", "Verdict", "Assistance")
    )
    for gold in gold_model.objects.select_related("adjudication", "protocol").order_by("pk").iterator(chunk_size=500):
        verdicts = list(record.counted(verdict_model.objects.filter(pair_id=gold.pair_id)))
        verdicts = verdicts[: sum(gold.votes.values())]  # one may have come after the gold
        for verdict in verdicts:
            verdict.protocol_name, verdict.protocol_version = gold.protocol.name, gold.protocol.version
        then = assistance_model.objects.filter(pair_id=gold.pair_id, finished__lte=gold.created)
        text = record.write(gold, verdicts=verdicts, assistance=record.helping(then))
        gold_model.objects.filter(pk=gold.pk).update(record=text)


def unguard(apps: Any, schema_editor: Any) -> None:
    """Gold is append-only; `install` guards it again."""
    table = " ON annotate_gold" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f'DROP TRIGGER IF EXISTS "guard_gold_update_append-only"{table}', params=None)


def closed(name: str) -> Q:
    return Q(("attribute", name), ("value__in", CLOSED[name]))


class Migration(migrations.Migration):
    dependencies = [("annotate", "0019_protocol_versions")]
    operations = [
        migrations.RunPython(lift, migrations.RunPython.noop),
        migrations.AddField("attributecorrection", "was", models.TextField(blank=True, db_default="", default="")),
        migrations.AddField(
            "claim",
            "corrected",
            models.JSONField(db_default={}, default=dict, help_text="what the holder's corrections come to"),
        ),
        migrations.AddField(
            "judgement",
            "checks",
            models.JSONField(db_default=[], default=list, help_text="which wanted qualities each response has"),
        ),
        migrations.AddField(
            "judgement",
            "lifted",
            models.JSONField(
                db_default=[],
                default=list,
                help_text="evidence a rule asked for until its person corrected an attribute",
            ),
        ),
        migrations.AddConstraint(
            "attributecorrection",
            models.CheckConstraint(
                condition=Q(Q(("attribute__in", FREE)) & ~Q(("value", "")))
                | closed("task_category")
                | closed("objectivity")
                | closed("controversiality"),
                name="correction_value",
            ),
        ),
        migrations.RunPython(unguard, migrations.RunPython.noop),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
