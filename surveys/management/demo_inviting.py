"""Who was invited to the rounds of the demonstration: a list of addresses each time, some of which came back."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection

from portal.accounts.models import Person
from portal.mailings.choices import MailingState
from portal.mailings.models import Edition, Mailing
from portal.mailings.services.suppression import hash_of
from surveys.choices import SendingState
from surveys.emails import editions_of
from surveys.management.demo_drawing import LANGUAGES, Respondent, counted_off
from surveys.management.demo_plan import Planned
from surveys.models import AddressList, Invitee, Inviting, Sending, Survey
from surveys.rules.inviting import hash_of_token, new_nonce, token_of
from surveys.selectors.audiences import LIST
from surveys.selectors.inviting import PURPOSE

_STATED = ("شؤون الجهات المشاركة", "نموذج التسجيل في النظام، بند التواصل بشأن تحسينه")


def invite(
    survey: Survey, planned: Planned, people: Sequence[Respondent], *, by: Person, draw: random.Random
) -> list[str]:
    """Invite those who will answer, each by the token that they spend, and others; return the tokens of these."""
    others = counted_off(LANGUAGES, planned.invited - len(people), draw)
    languages = [*(one.language for one in people), *others]
    invitees = [_invitee(survey, place, language) for place, language in enumerate(languages)]
    for one, invitee in zip(people, invitees, strict=False):
        one.token = invitee.token_hash
    draw.shuffle(invitees)
    sending = _send(survey, len(invitees), by=by)
    Invitee.objects.bulk_create(invitees, batch_size=2000)
    Inviting.objects.bulk_create(
        (Inviting(sending=sending, invitee=one, at=sending.confirmed_at) for one in invitees), batch_size=2000
    )
    answered = [one.token for one in people]
    with connection.cursor() as cursor:
        values = {"mailing": sending.mailing_id, "survey": survey.pk, "at": sending.mailing.started_at}
        cursor.execute(_COPIES, {**values, "answered": answered})
        cursor.execute(_EVENTS, values)
    return sorted({one.token_hash for one in invitees} - set(answered))


def _invitee(survey: Survey, place: int, language: str) -> Invitee:
    address, nonce = f"staff{place:04}@offices.demo.example", new_nonce()
    return Invitee(
        survey=survey,
        address=address,
        email_key=address,
        address_hash=hash_of(address),
        language=language,
        nonce=nonce,
        token_hash=hash_of_token(token_of(nonce)),
    )


def _send(survey: Survey, count: int, *, by: Person) -> Sending:
    at: datetime = survey.opens_at
    stated_by, stated_from = _STATED
    listed = AddressList.objects.create(
        organisation=survey.organisation,
        stated_by=stated_by,
        stated_from=stated_from,
        stated_on=(at - timedelta(days=60)).date(),
        row_count=count,
        by=by,
        created_at=at - timedelta(hours=3),
    )
    sending = Sending(
        survey=survey, audience=LIST, parameters={"list": listed.code}, by=by, created_at=listed.created_at
    )
    sending.state, sending.confirmed_at, sending.frozen_count = SendingState.SENT, at - timedelta(hours=1), count
    sending.mailing = Mailing.objects.create(
        key=f"surveys/{sending.code}",
        purpose=PURPOSE,
        title=str(survey)[:150],
        organisation=survey.organisation,
        state=MailingState.SENT,
        start_at=at,
        not_after=at + timedelta(days=2),
        frozen_at=sending.confirmed_at,
        frozen_count=count,
        started_at=at + timedelta(seconds=20),
        finished_at=at + timedelta(minutes=3),
        created_at=sending.confirmed_at,
    )
    sending.save()
    Edition.objects.bulk_create(
        Edition(mailing=sending.mailing, language=language, subject=mail.subject, text=mail.text, html=mail.html)
        for language, mail in editions_of(sending).items()
    )
    return sending


# Of those who did not answer some never got it: drawn from a hash, so that the same addresses fail each time.
_COPIES = """
INSERT INTO mailings_delivery (mailing_id, member, address, email_key, language, state, reason, detail, attempts,
                               doubts, due_at, sent_at)
SELECT %(mailing)s, code, address, email_key, language,
       CASE WHEN fails THEN 'bounced' ELSE 'sent' END, CASE WHEN fails THEN 'unknown' ELSE '' END,
       CASE WHEN fails THEN '550 5.1.1 No such mailbox' ELSE '' END, 1, 0, %(at)s, %(at)s
  FROM (SELECT i.*, abs(hashtext(email_key)) %% 100 < 4 AND token_hash <> ALL(%(answered)s) AS fails
          FROM surveys_invitee i WHERE survey_id = %(survey)s) drawn
 ORDER BY email_key
"""
_EVENTS = """
INSERT INTO mailings_deliveryevent (mailing_id, delivery_id, outcome, reason, detail, at)
SELECT mailing_id, id, state, reason, detail, %(at)s FROM mailings_delivery WHERE mailing_id = %(mailing)s
"""
