from django.db import migrations, models
import django.db.models.deletion
import django.utils.timezone

# How one copy ended and that the next one is begun: see portal.mailings.services.outcomes.settle_and_begin.
STEP = """
CREATE FUNCTION mailings_step(
    done bigint, ended text, why text, said text, due timestamptz, doubt integer, following bigint
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    whole bigint;
BEGIN
    IF done <> 0 THEN
        UPDATE mailings_delivery AS one
           SET state = ended, reason = why, detail = said, attempts = one.attempts + 1, doubts = one.doubts + doubt,
               begun_at = NULL, claimed_until = NULL, due_at = COALESCE(due, one.due_at),
               sent_at = CASE WHEN ended = 'sent' THEN clock_timestamp() END
         WHERE one.id = done AND one.state = 'claimed' AND one.begun_at IS NOT NULL
        RETURNING one.mailing_id INTO whole;
        IF FOUND THEN
            INSERT INTO mailings_deliveryevent (mailing_id, delivery_id, outcome, reason, detail, at)
            VALUES (whole, done, ended, why, said, clock_timestamp());
        END IF;
    END IF;
    IF following = 0 THEN
        RETURN false;
    END IF;
    UPDATE mailings_delivery AS one
       SET begun_at = clock_timestamp()
      FROM mailings_mailing AS mailing
     WHERE one.id = following AND one.state = 'claimed' AND one.begun_at IS NULL
       AND mailing.id = one.mailing_id AND mailing.state = 'sending';
    RETURN FOUND;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("mailings", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="mailing",
            name="held_until",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.CreateModel(
            name="Arrival",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="arrived")),
                (
                    "delivery",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="arrival", to="mailings.delivery"
                    ),
                ),
            ],
            options={"verbose_name": "arrival", "verbose_name_plural": "arrivals"},
        ),
        migrations.AlterField(
            model_name="delivery",
            name="mailing",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="mailings.mailing",
                verbose_name="mailing",
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.person",
            ),
        ),
        # Room beside each row, so that begun_at can be set without touching an index.
        migrations.RunSQL(
            "ALTER TABLE mailings_delivery SET (fillfactor = 70)", "ALTER TABLE mailings_delivery RESET (fillfactor)"
        ),
        migrations.RunSQL(
            STEP,
            "DROP FUNCTION mailings_step(bigint, text, text, text, timestamptz, integer, bigint)",
        ),
    ]
