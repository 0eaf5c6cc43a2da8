from django.db import migrations

from annotate.models.guards import install


class Migration(migrations.Migration):
    dependencies = [("annotate", "0001_tables")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
