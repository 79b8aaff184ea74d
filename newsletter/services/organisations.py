"""The list that the contact of an organisation keeps: who is put on it is asked, who is taken off gets nothing."""

from django.db import transaction

from newsletter.choices import ConsentAct, Source, SubscriptionState
from newsletter.models import MailingList, Subscription
from newsletter.services import subscribing
from newsletter.services.subscribing import Wish
from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation, Person
from portal.accounts.querysets import email_key
from portal.audit.services import record
from portal.languages import text_columns
from portal.mailings.services.suppression import is_suppressed

# More than this a contact asks us to import.
MOST_MEMBERS = 500


class ListIsFull(Exception):
    """The list holds as many as a contact may keep by hand."""


@transaction.atomic
def list_of(organisation: Organisation) -> MailingList:
    """Return the list of an organisation, made when it is first looked at."""
    found = MailingList.objects.filter(members_of=organisation).first()
    if found is not None:
        return found
    ministry = Organisation.objects.filter(kind=OrganisationKind.MINISTRY).order_by("pk").first() or organisation
    names = {column: getattr(organisation, column)[:100] for column in text_columns(MailingList)["name"].values()}
    found, _is_new = MailingList.objects.get_or_create(
        members_of=organisation,
        defaults={"code": f"of-{organisation.code}"[:40], "organisation": ministry, "is_open": False, **names},
    )
    return found


@transaction.atomic
def add_member(kept: MailingList, email: str, language: str, *, by: Person) -> None:
    """Ask an address whether it wants to be on the list.

    Whoever receives the newsletter otherwise gets their link and changes nothing by that; whoever left is not asked
    again by others.
    """
    MailingList.objects.select_for_update(no_key=True).get(pk=kept.pk)
    if kept.subscriptions.count() >= MOST_MEMBERS:
        raise ListIsFull
    known = Subscription.objects.filter(email_key=email_key(email)).first()
    record("list.member_asked", kept, by=by)
    if is_suppressed(email) or (known is not None and known.state in _GONE):
        return
    wish = Wish(language=language, lists=[kept], organisation=kept.members_of)
    if known is not None and known.state == SubscriptionState.PENDING:
        # What was asked for before stays beside it.
        wish = Wish(language=known.language, lists=[*known.lists.all(), kept], organisation=kept.members_of)
    subscribing.ask(email, wish, source=Source.CONTACT, by=by)


_GONE = {SubscriptionState.LEFT, SubscriptionState.ENDED, SubscriptionState.ERASED}


@transaction.atomic
def remove_member(kept: MailingList, subscription: Subscription, *, by: Person) -> None:
    """Take somebody off the list; whoever is on no other one gets nothing more, not even what is being sent now."""
    subscription = subscribing.locked(subscription)
    subscription.lists.remove(kept)
    record("list.member_removed", kept, by=by, data={"subscription": subscription.code})
    if subscription.lists.exists():
        subscribing.note(subscription, ConsentAct.CHANGED, source=Source.CONTACT, by=by)
    else:
        subscribing.leave(subscription, source=Source.CONTACT, by=by)


@transaction.atomic
def change_language(kept: MailingList, subscription: Subscription, language: str, *, by: Person) -> None:
    """Write to a member in another language, from the next issue on."""
    subscription = subscribing.locked(subscription)
    if subscription.language == language:
        return
    subscription.language = language
    subscription.save(update_fields=["language"])
    subscribing.note(subscription, ConsentAct.CHANGED, source=Source.CONTACT, by=by)
    record("list.member_changed", kept, by=by, data={"subscription": subscription.code})
