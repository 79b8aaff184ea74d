"""What the newsletter does by itself, and what every installation starts with."""

from datetime import datetime, timedelta

from newsletter.choices import SubscriptionState
from newsletter.models import MailingList, Subscription
from newsletter.services.subscribing import forget_row
from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation

# An address that nobody confirmed is kept no longer.
UNCONFIRMED = timedelta(days=30)


def forget_unconfirmed(moment: datetime) -> int:
    """Forget addresses that were asked for and never confirmed; return how many."""
    old = Subscription.objects.filter(
        state=SubscriptionState.PENDING, confirmed_at=None, created_at__lte=moment - UNCONFIRMED
    )
    found = list(old[:1000])
    for subscription in found:
        forget_row(subscription)
    return len(found)


def start_list() -> None:
    """Give every installation the list that is open to everybody."""
    ministry = Organisation.objects.filter(kind=OrganisationKind.MINISTRY).first()
    if ministry is None or MailingList.objects.filter(code="monday").exists():
        return
    MailingList.objects.create(
        code="monday",
        organisation=ministry,
        name_ar="نشرة الاثنين",
        name_en="The Monday newsletter",
        name_zh_hans="周一简报",
        about_ar="ما هو مفتوح للمشاركة، وما تقرر، وما تحقق منه.",
        about_en="What is open, what was decided, and what became of it.",
        about_zh_hans="正在征集什么、作出了哪些决定、落实得如何。",
    )
