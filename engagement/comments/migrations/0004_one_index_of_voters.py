"""The index of person and time takes the place of that of the person alone."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("comments", "0003_votes_by_person_and_time")]

    operations = [
        migrations.AlterField(
            model_name="commentvote",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="comment_votes",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
