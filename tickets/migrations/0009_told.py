"""When the sender of a request was last told how it stands, and an index for the tick that tells them."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The index is made beside the table's readers and writers."""

    atomic = False

    dependencies = [("tickets", "0008_incoming")]

    operations = [
        migrations.AddField("ticket", "told_at", models.DateTimeField(editable=False, null=True)),
        AddIndexConcurrently(
            "ticket",
            models.Index(
                condition=models.Q(state__in=["elsewhere", "new", "open", "reopened"]),
                fields=["told_at"],
                name="ticket_untold",
            ),
        ),
    ]
