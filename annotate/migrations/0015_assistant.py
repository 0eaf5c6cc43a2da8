"""Questions to an assistant: a kind of run, its answer while it comes, and a note on the claim."""

import django.db.models.deletion
from django.db import migrations, models

from annotate.models.guards import install, lift


class Migration(migrations.Migration):

    dependencies = [
        ('annotate', '0014_engines'),
    ]

    operations = [
        migrations.RunPython(lift, migrations.RunPython.noop),
        migrations.CreateModel(
            name='Answering',
            fields=[
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='answering', serialize=False, to='annotate.toolrun')),
                ('text', models.TextField(blank=True, db_default='', default='')),
                ('stop', models.BooleanField(db_default=False, default=False)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='toolrun',
            name='toolrun_status',
        ),
        migrations.RemoveConstraint(
            model_name='toolrun',
            name='toolrun_kind',
        ),
        migrations.AddField(
            model_name='claim',
            name='assistant',
            field=models.CharField(blank=True, choices=[('', 'None'), ('asked', 'Asked'), ('cited', 'Cited')], db_default='', default='', help_text='what was done with one here', max_length=5),
        ),
        migrations.AlterField(
            model_name='toolrun',
            name='kind',
            field=models.CharField(choices=[('code', 'Code'), ('maths', 'Maths'), ('search', 'Search'), ('llm', 'Llm')], max_length=8),
        ),
        migrations.AlterField(
            model_name='toolrun',
            name='status',
            field=models.CharField(blank=True, choices=[('', 'None'), ('finished', 'Finished'), ('failed', 'Failed'), ('timeout', 'Timeout'), ('overflow', 'Overflow'), ('refused', 'Refused'), ('stopped', 'Stopped')], db_default='', default='', max_length=8),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('assistant__in', ['', 'asked', 'cited'])), name='claim_assistant'),
        ),
        migrations.AddConstraint(
            model_name='toolrun',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['code', 'maths', 'search', 'llm'])), name='toolrun_kind'),
        ),
        migrations.AddConstraint(
            model_name='toolrun',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['', 'finished', 'failed', 'timeout', 'overflow', 'refused', 'stopped'])), name='toolrun_status'),
        ),
        migrations.RunPython(install, migrations.RunPython.noop),
    ]
