from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("calendars", "0003_deadline_indexes"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="deadline",
            index=models.Index(
                fields=["id", "calendar", "organisation", "level", "due_at", "waiting_since"],
                condition=models.Q(met_at=None, dropped_at=None),
                name="deadline_in_order",
            ),
        ),
        AddIndexConcurrently(
            model_name="promise",
            index=models.Index(
                fields=["deadline"], condition=models.Q(cause="extended"), name="promise_extended"
            ),
        ),
    ]
