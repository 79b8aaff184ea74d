"""Short surveys after something somebody did: one mail about each thing, whatever calls twice."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation, Person
from portal.audit.services import record
from portal.mailings.services.suppression import hash_of, is_suppressed
from portal.registry.asking import Occasion, triggers
from surveys.choices import State
from surveys.emails import post_question
from surveys.models import Asked, Following, Invitee, NoInvitations, Survey
from surveys.rules.access import may_invite
from surveys.rules.inviting import hash_of_token, new_nonce, token_of
from surveys.selectors.structure import questionnaire_in
from surveys.services.refusals import SurveyRefused


@transaction.atomic
def follow(survey: Survey, trigger: str, *, by: Person) -> Following:
    """Let a survey follow a trigger, or none. Raises ``SurveyRefused``."""
    if not may_invite(by, survey):
        raise SurveyRefused([_("You cannot invite to this survey.")])
    if trigger and trigger not in triggers:
        raise SurveyRefused([_("Choose from the list.")])
    found, _is_new = Following.objects.update_or_create(survey=survey, defaults={"trigger": trigger})
    record("survey.trigger_changed", survey, by=by, data={"trigger": trigger})
    return found


def survey_after(trigger: str, organisation: Organisation) -> Survey | None:
    """Return the open survey that follows this trigger: the body's own, else the ministry's; the last one made."""
    following = Survey.objects.filter(following__trigger=trigger).select_related("organisation", "version")
    open_now = following.in_state(State.OPEN, timezone.now()).order_by("-pk")
    ministry = open_now.filter(organisation__kind=OrganisationKind.MINISTRY)
    return open_now.filter(organisation=organisation).first() or ministry.first()


@transaction.atomic
def ask(occasion: Occasion) -> bool:
    """Ask about one thing, where a survey follows it and they may be written to; True where they are asked."""
    recipient = occasion.recipient
    if not recipient.email or (isinstance(recipient, Person) and not (recipient.is_active and not recipient.erased_at)):
        return False
    address_hash = hash_of(recipient.email_key)
    asked = Asked.objects.filter(trigger=occasion.trigger, subject=occasion.subject, address_hash=address_hash)
    if asked.exists():
        return True
    survey = survey_after(occasion.trigger, occasion.organisation)
    if survey is None or occasion.language not in questionnaire_in(survey.version).languages:
        return False
    if is_suppressed(recipient.email) or NoInvitations.objects.filter(address_hash=address_hash).exists():
        return False
    return _ask(survey, occasion, address_hash)


def _ask(survey: Survey, occasion: Occasion, address_hash: str) -> bool:
    recipient, nonce = occasion.recipient, new_nonce()
    is_person = isinstance(recipient, Person)
    invitee, is_new = Invitee.objects.get_or_create(
        survey=survey,
        email_key=recipient.email_key,
        occasion=f"{occasion.trigger}:{occasion.subject}"[:80],
        defaults={
            "person": recipient if is_person else None,
            "contact": None if is_person else recipient,
            "address": recipient.email,
            "address_hash": address_hash,
            "language": occasion.language,
            "nonce": nonce,
            "token_hash": hash_of_token(token_of(nonce)),
        },
    )
    if is_new:
        message = post_question(invitee, recipient)
        Asked.objects.create(
            trigger=occasion.trigger,
            subject=occasion.subject,
            address_hash=address_hash,
            invitee=invitee,
            message=message,
        )
    return True
