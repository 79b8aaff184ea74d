"""An index for requests of one telephone number."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Made beside the table's readers and writers."""

    atomic = False

    dependencies = [("tickets", "0003_prepared_replies")]

    operations = [
        AddIndexConcurrently(
            "ticket", models.Index(fields=["phone"], condition=~models.Q(phone=""), name="ticket_phone")
        ),
    ]
