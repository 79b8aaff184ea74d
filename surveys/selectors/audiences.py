"""Audiences that surveys know themselves: organisations, and lists of addresses that staff bring."""

from typing import Any

from django import forms
from django.db.models import BigIntegerField, F, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.accounts.choices import OrganisationKind, Role
from portal.accounts.models import Organisation, Person
from portal.registry.audiences import Audience
from portal.text import localised
from surveys.models import AddressList, ListedAddress

LIST = "list"
CONTACTS, MEMBERS = "contacts", "members"
_NOBODY = Cast(Value(None), BigIntegerField())
# Named in a sentence; more are counted.
_NAMED = 5


def people_as_audience(people: QuerySet[Person]) -> QuerySet[Person]:
    """Return people with the columns that a mailing's audience has, each once."""
    return (
        people.filter(is_active=True, erased_at=None)
        .annotate(person_id=F("pk"), contact_id=_NOBODY, member=F("code"), address=F("email"))
        .order_by("pk")
    )


def _organisation_fields(user: Any) -> dict[str, Any]:
    names = [(str(one.pk), localised(one, "name")[0]) for one in Organisation.objects.order_by("pk")]
    return {
        "whom": forms.ChoiceField(
            label=_("Who of them"),
            choices=[(CONTACTS, _("Their contacts")), (MEMBERS, _("All their members"))],
            initial=CONTACTS,
            widget=forms.RadioSelect,
        ),
        "kinds": forms.MultipleChoiceField(
            label=_("Kinds of organisations"),
            choices=OrganisationKind.choices,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("All organisations of these kinds."),
        ),
        "organisations": forms.MultipleChoiceField(
            label=_("Organisations"),
            choices=names,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("These besides, or these alone where no kind is chosen. With nothing chosen: all."),
        ),
    }


def _of_organisations(parameters: dict[str, Any]) -> QuerySet[Person]:
    chosen = _chosen(parameters)
    people = Person.objects.filter(memberships__organisation__in=chosen)
    if parameters.get("whom") == CONTACTS:
        people = Person.objects.filter(memberships__organisation__in=chosen, memberships__role=Role.CONTACT)
    return people_as_audience(Person.objects.filter(pk__in=people.values("pk")))


def _chosen(parameters: dict[str, Any]) -> QuerySet[Organisation]:
    kinds, named = parameters.get("kinds") or [], [int(one) for one in parameters.get("organisations") or []]
    if not kinds and not named:
        return Organisation.objects.all()
    return Organisation.objects.filter(kind__in=kinds) | Organisation.objects.filter(pk__in=named)


def _told_organisations(parameters: dict[str, Any]) -> str:
    labels = dict(OrganisationKind.choices)
    parts = [str(labels[kind]) for kind in parameters.get("kinds") or [] if kind in labels]
    named = [int(one) for one in parameters.get("organisations") or []]
    found = Organisation.objects.filter(pk__in=named).order_by("pk")
    if len(named) > _NAMED:
        parts.append(ngettext("%(count)s organisation", "%(count)s organisations", len(named)) % {"count": len(named)})
    else:
        parts += [localised(one, "name")[0] for one in found]
    return " · ".join(parts) if parts else _("All organisations")


def _of_list(parameters: dict[str, Any]) -> QuerySet[ListedAddress]:
    found = ListedAddress.objects.filter(parent__code=parameters.get("list", ""))
    columns = {"person_id": _NOBODY, "contact_id": _NOBODY, "member": F("email_key"), "address": F("email")}
    return found.annotate(**columns).order_by("pk")


def _told_list(parameters: dict[str, Any]) -> str:
    found = AddressList.objects.filter(code=parameters.get("list", "")).first()
    if found is None:
        return ""
    told = ngettext(
        "%(count)s address; consent stated by %(who)s, given on %(day)s: %(where)s",
        "%(count)s addresses; consent stated by %(who)s, given on %(day)s: %(where)s",
        found.row_count,
    )
    return told % {
        "count": found.row_count,
        "who": found.stated_by,
        "day": date_format(found.stated_on, "DATE_FORMAT"),
        "where": found.stated_from,
    }


OWN = {
    "organisations": Audience(
        label=gettext_lazy("Organisations"),
        about=gettext_lazy("Contacts or members of organisations, by kind or by name."),
        rows=_of_organisations,
        fields=_organisation_fields,
        told=_told_organisations,
    ),
    LIST: Audience(
        label=gettext_lazy("A list of addresses"),
        about=gettext_lazy("Addresses that you paste or bring as a file, with the consent that you state for them."),
        rows=_of_list,
        told=_told_list,
    ),
}
