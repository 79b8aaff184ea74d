from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

IN_WORK = models.Q(state__in=["elsewhere", "new", "open", "reopened"])
OVER = models.Q(state__in=["closed", "merged", "solved", "spam"])


def _order() -> tuple[models.Expression | models.F, ...]:
    urgent = models.When(kind__in=["accessibility", "emergency"], then=models.Value(0))
    lane = models.Case(urgent, default=models.Value(1), output_field=models.IntegerField())
    return lane, models.F("next_due_at"), models.F("id")


def _add(index: models.Index) -> AddIndexConcurrently:
    return AddIndexConcurrently(model_name="ticket", index=index)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("tickets", "0006_article_source"),
    ]

    operations = [
        _add(models.Index(*_order(), models.F("organisation"), condition=IN_WORK, name="ticket_urgent")),
        _add(models.Index(models.F("organisation"), *_order(), condition=IN_WORK, name="ticket_urgent_body")),
        _add(
            models.Index(
                models.F("assignee"),
                *_order(),
                models.F("organisation"),
                condition=IN_WORK,
                name="ticket_urgent_own",
            )
        ),
        _add(
            models.Index(
                fields=["state_since", "id", "organisation"],
                condition=models.Q(state="waiting"),
                name="ticket_waiting",
            )
        ),
        _add(models.Index(fields=["next_due_at", "id", "organisation"], condition=IN_WORK, name="ticket_due")),
        _add(models.Index(fields=["-last_activity_at", "-id"], condition=OVER, name="ticket_ended")),
        _add(
            models.Index(
                fields=["organisation", "-last_activity_at", "-id"], condition=OVER, name="ticket_ended_body"
            )
        ),
        _add(
            models.Index(fields=["claimed_until"], condition=~models.Q(claimed_until=None), name="ticket_claimed")
        ),
    ]
