"""Who voted in a month is read from the index alone."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0001_initial"), ("comments", "0002_speaks_for")]

    operations = [
        AddIndexConcurrently(
            model_name="commentvote", index=models.Index(fields=["person", "created_at"], name="comment_vote_person")
        ),
    ]
