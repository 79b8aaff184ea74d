"""Those who are subscribed, as people who can be invited to something."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletter.choices import SubscriptionState
from newsletter.models import MailingList, Subscription
from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for, holds_in_ministry
from portal.registry.audiences import Audience
from portal.text import localised


def _fields(user: Any) -> dict[str, Any] | None:
    """Editors of the ministry may choose everybody; those of a body its own lists; where there is none, nothing."""
    lists = MailingList.objects.order_by("pk")
    of_all = holds_in_ministry(user, Role.EDITOR)
    if not of_all:
        lists = lists.filter(organisation__in=bodies_for(user, Role.EDITOR))
    choices = [("", _("Everyone subscribed"))] if of_all else []
    choices += [(one.code, localised(one, "name")[0]) for one in lists]
    if not choices:
        return None
    return {"list_code": forms.ChoiceField(label=_("List"), choices=choices, required=not of_all)}


def _rows(parameters: dict[str, Any]) -> QuerySet[Subscription]:
    code = parameters.get("list_code", "")
    on_list = Q(lists__code=code) if code else Q()
    found = Subscription.objects.filter(on_list, state=SubscriptionState.ACTIVE)
    return Subscription.objects.filter(pk__in=found.values("pk")).as_audience().order_by("pk")


def _told(parameters: dict[str, Any]) -> str:
    found = MailingList.objects.filter(code=parameters.get("list_code", "")).first()
    return localised(found, "name")[0] if found else _("Everyone subscribed")


SUBSCRIBERS = Audience(
    label=gettext_lazy("Subscribers of the newsletter"),
    about=gettext_lazy("Everyone who is subscribed at this moment, or those on one list."),
    rows=_rows,
    fields=_fields,
    told=_told,
)
