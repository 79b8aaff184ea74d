"""Those who took part in a consultation, as people who can be invited to something."""

from typing import Any

from django import forms
from django.db.models import BigIntegerField, F, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engagement.comments.models import Comment, CommentVote
from engagement.consultations.models import Consultation
from engagement.polls.models import Turnout
from portal.accounts.choices import Role
from portal.accounts.models import Person
from portal.accounts.rules import bodies_for
from portal.registry.audiences import Audience
from portal.text import localised

OFFERED = 200


def _fields(user: Any) -> dict[str, Any] | None:
    """An editor chooses among public consultations of their bodies, the last first."""
    found = Consultation.objects.public().filter(organisation__in=bodies_for(user, Role.EDITOR)).order_by("-pk")
    choices = [(one.code, localised(one, "title")[0]) for one in found[:OFFERED]]
    return {"consultation": forms.ChoiceField(label=_("Consultation"), choices=choices)} if choices else None


def _rows(parameters: dict[str, Any]) -> QuerySet[Person]:
    """Return those who commented or voted there; whoever answered for a body did their work."""
    consultation = Consultation.objects.filter(code=parameters.get("consultation", "")).first()
    if consultation is None:
        return Person.objects.none()
    threads = [consultation.thread_id, *consultation.sections.order_by().values_list("thread_id", flat=True)]
    wrote = Comment.objects.filter(thread__in=threads, official_for=None).values("author_id")
    voted = CommentVote.objects.filter(comment__thread__in=threads).values("person_id")
    turned_out = Turnout.objects.filter(poll=consultation.poll_id).values("person_id")
    people = Person.objects.filter(Q(pk__in=wrote) | Q(pk__in=voted) | Q(pk__in=turned_out))
    nobody = Cast(Value(None), BigIntegerField())
    columns = {"person_id": F("pk"), "contact_id": nobody, "member": F("code"), "address": F("email")}
    return people.filter(is_active=True, erased_at=None).annotate(**columns).order_by("pk")


def _told(parameters: dict[str, Any]) -> str:
    found = Consultation.objects.filter(code=parameters.get("consultation", "")).first()
    return localised(found, "title")[0] if found else ""


PARTICIPANTS = Audience(
    label=gettext_lazy("Those who took part in a consultation"),
    about=gettext_lazy("Whoever commented or voted there under an account."),
    rows=_rows,
    fields=_fields,
    told=_told,
)
