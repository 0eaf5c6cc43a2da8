"""Every gold row has a record; 0020 writes those of rows from before."""

from django.db import migrations, models
from django.db.models import Q

from annotate.models.guards import install, lift


class Migration(migrations.Migration):
    dependencies = [("annotate", "0004_ahead")]
    operations = [
        migrations.RunPython(lift, migrations.RunPython.noop),
        migrations.AddField("gold", "record", models.TextField(default="{}"), preserve_default=False),
        migrations.AddConstraint(
            "gold", models.CheckConstraint(condition=Q(("record__startswith", "{")), name="gold_record")
        ),
        migrations.RemoveIndex("gold", "gold_stream"),
        migrations.AddIndex(
            "gold", models.Index(fields=["campaign", "id", "label", "origin", "created"], name="gold_stream")
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
