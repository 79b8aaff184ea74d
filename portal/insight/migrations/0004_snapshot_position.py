

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('insight', '0003_statistics_and_notes'),
    ]

    operations = [
        migrations.AddField(
            model_name='snapshot',
            name='position',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
    ]
