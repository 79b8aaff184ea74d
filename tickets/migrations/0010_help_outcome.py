"""How many readers of help asked all the same, by day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One new table."""

    dependencies = [("tickets", "0009_told")]

    operations = [
        migrations.CreateModel(
            name="HelpOutcome",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True, verbose_name="day")),
                ("readers", models.PositiveIntegerField(default=0, verbose_name="read help")),
                ("asked", models.PositiveIntegerField(default=0, verbose_name="asked all the same")),
            ],
            options={
                "verbose_name": "what became of readers of help",
                "verbose_name_plural": "what became of readers of help",
            },
        ),
    ]
