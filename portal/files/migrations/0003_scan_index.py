"""The index of what waits for the scanner, built while files are stored."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("files", "0002_scans")]

    operations = [
        AddIndexConcurrently(
            model_name="storedfile",
            index=models.Index(
                condition=models.Q(("scan_state", "clean"), _negated=True),
                fields=["scan_state", "scan_due_at"],
                name="file_scan_due",
            ),
        ),
    ]
