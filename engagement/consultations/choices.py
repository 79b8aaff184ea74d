"""What a consultation is, how far it reaches, and where it stands."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ConsultationKind(models.TextChoices):
    """What it is about."""

    SERVICE = "service", _("Service")
    POLICY = "policy", _("Policy")
    LEGISLATION = "legislation", _("Draft legislation")


class Participation(models.TextChoices):
    """Level of participation, and with it what the body promises."""

    INFORM = "inform", _("Inform")
    CONSULT = "consult", _("Consult")
    INVOLVE = "involve", _("Involve")
    COLLABORATE = "collaborate", _("Collaborate")
    EMPOWER = "empower", _("Empower")


PROMISES = {
    Participation.INFORM: _("We inform you; questions are answered."),
    Participation.CONSULT: _("You advise, the body decides."),
    Participation.INVOLVE: _("Your concerns shape the options; the body decides."),
    Participation.COLLABORATE: _("We work out the options with you; the body decides."),
    Participation.EMPOWER: _("You decide; the body carries it out."),
}

# The United Nations' scale of e-participation, to which the five levels are mapped.
UN_LEVELS = {
    Participation.INFORM: _("e-information"),
    Participation.CONSULT: _("e-consultation"),
    Participation.INVOLVE: _("e-consultation"),
    Participation.COLLABORATE: _("e-decision-making"),
    Participation.EMPOWER: _("e-decision-making"),
}


class Status(models.TextChoices):
    """What staff decided: stored. Upcoming, open and analysing follow from the dates of a published one."""

    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("published")
    CONCLUDED = "concluded", _("concluded")
    WITHDRAWN = "withdrawn", _("withdrawn")


# Who may be moved where. Concluded and withdrawn are ends: nothing leads out of them.
TRANSITIONS = {
    Status.DRAFT: {Status.PUBLISHED},
    Status.PUBLISHED: {Status.CONCLUDED, Status.WITHDRAWN},
    Status.CONCLUDED: set(),
    Status.WITHDRAWN: set(),
}


class State(models.TextChoices):
    """Where it stands for everybody."""

    DRAFT = "draft", _("Draft")
    UPCOMING = "upcoming", _("Upcoming")
    OPEN = "open", _("Open")
    ANALYSING = "analysing", _("Analysing")
    CONCLUDED = "concluded", _("Concluded")
    WITHDRAWN = "withdrawn", _("Withdrawn")


PUBLIC_STATES = [State.UPCOMING, State.OPEN, State.ANALYSING, State.CONCLUDED, State.WITHDRAWN]
PUBLIC_STATUSES = [Status.PUBLISHED, Status.CONCLUDED, Status.WITHDRAWN]
