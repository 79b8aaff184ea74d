"""Kinds of people and organisations, and the roles that tie them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ParticipantKind(models.TextChoices):
    """As whom someone takes part."""

    INDIVIDUAL = "individual", _("Individual")
    ENTITY = "entity", _("Entity")
    EXPERT = "expert", _("Expert")
    ACADEMIC = "academic", _("Academic")


class Verification(models.TextChoices):
    """How far the person behind an account is known."""

    NONE = "none", _("Not verified")
    EMAIL = "email", _("E-mail confirmed")
    IDENTITY = "identity", _("Identity verified")


class OrganisationKind(models.TextChoices):
    """What an organisation is. A ministry and its bodies run the portal; the others take part."""

    MINISTRY = "ministry", _("Ministry")
    BODY = "body", _("Body of the ministry")
    AGENCY = "agency", _("Government agency")
    COMPANY = "company", _("Company")
    ASSOCIATION = "association", _("Association")


PUBLIC_BODIES = [OrganisationKind.MINISTRY, OrganisationKind.BODY]


class Role(models.TextChoices):
    """What a membership lets a person do for the organisation."""

    CONTACT = "contact", _("Organisation contact")
    AGENT = "agent", _("Agent")
    MODERATOR = "moderator", _("Moderator")
    EDITOR = "editor", _("Editor")
    MANAGER = "manager", _("Manager")
    ADMINISTRATOR = "administrator", _("Administrator")


# Those who work for a body, and so may enter the admin.
STAFF_ROLES = [Role.AGENT, Role.MODERATOR, Role.EDITOR, Role.MANAGER, Role.ADMINISTRATOR]
