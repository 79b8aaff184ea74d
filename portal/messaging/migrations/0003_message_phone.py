from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('messaging', '0002_channels'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='message',
            index=models.Index(condition=models.Q(('phone', ''), _negated=True), fields=['phone', 'created_at'], name='message_phone'),
        ),
    ]
