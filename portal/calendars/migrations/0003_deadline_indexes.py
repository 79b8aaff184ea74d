from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('calendars', '0002_working_calendars'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='deadline',
            index=models.Index(condition=models.Q(('met_at', None)), fields=['calendar', 'id'], name='deadline_by_calendar'),
        ),
        AddIndexConcurrently(
            model_name='deadline',
            index=models.Index(fields=['organisation', 'id'], name='deadline_by_body'),
        ),
    ]
