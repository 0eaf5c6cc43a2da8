import django.db.models.deletion
from django.db import migrations, models

from annotate.models import counts
from annotate.models.guards import install, lift


def recount(apps, schema_editor):
    for statement in counts.recount(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('annotate', '0002_guards'),
    ]

    operations = [
        migrations.RunPython(lift, migrations.RunPython.noop),
        migrations.CreateModel(
            name='AssistanceCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=16)),
                ('engine', models.CharField(max_length=40)),
                ('state', models.CharField(max_length=6)),
                ('model', models.CharField(max_length=300)),
                ('revision', models.CharField(max_length=100)),
                ('prompt_version', models.CharField(max_length=40)),
                ('minute', models.DateTimeField(help_text='that this line is of; FOLDED once that is long ago')),
                ('at', models.DateTimeField(null=True)),
                ('sample', models.BigIntegerField(null=True)),
                ('rows', models.BigIntegerField()),
                ('arrived', models.BigIntegerField()),
                ('tokens_read', models.BigIntegerField()),
                ('tokens_written', models.BigIntegerField()),
                ('tokens_padded', models.BigIntegerField()),
                ('milliseconds', models.BigIntegerField()),
                ('first', models.BigIntegerField()),
                ('clear', models.BigIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name='judgement',
            name='shown',
            field=models.JSONField(db_default=[], default=list, help_text='ids of the assistance that stood beside the pair'),
        ),
        migrations.AddField(
            model_name='reveal',
            name='shown',
            field=models.JSONField(db_default=[], default=list, help_text='ids of the assistance that the payload tells'),
        ),
        migrations.AddIndex(
            model_name='assistance',
            index=models.Index(condition=models.Q(('error__gt', '')), fields=['campaign', 'kind', 'engine', 'state', 'due'], name='assistance_errors'),
        ),
        migrations.AddField(
            model_name='assistancecount',
            name='campaign',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='annotate.campaign'),
        ),
        migrations.AddIndex(
            model_name='assistancecount',
            index=models.Index(fields=['campaign', 'kind', 'engine', 'state', 'minute'], name='assistance_counted'),
        ),
        migrations.RunPython(recount, migrations.RunPython.noop),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
