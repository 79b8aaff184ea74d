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


class Browser(models.TextChoices):
    """Programs by which people recognise a device of theirs: all that is kept of what a browser says of itself."""

    FIREFOX = "firefox", "Firefox"
    EDGE = "edge", "Edge"
    OPERA = "opera", "Opera"
    SAMSUNG = "samsung", "Samsung Internet"
    CHROME = "chrome", "Chrome"
    SAFARI = "safari", "Safari"
    OTHER = "unknown", _("Another browser")


class System(models.TextChoices):
    """What the browser runs on."""

    IPHONE = "iphone", "iPhone"
    IPAD = "ipad", "iPad"
    ANDROID = "android", "Android"
    WINDOWS = "windows", "Windows"
    MAC = "mac", "Mac"
    LINUX = "linux", "Linux"
    OTHER = "unknown", _("another device")


class LossReason(models.TextChoices):
    """Why an administrator removes somebody's second factor. Codes, because the trail keeps them for good."""

    LOST = "lost", _("The device is lost or was stolen")
    REPLACED = "replaced", _("The device was replaced, and the factor is not on the new one")
    BROKEN = "broken", _("The device or the key is broken")
    MISUSED = "misused", _("Somebody else may be using the factor")


class IdentityCheck(models.TextChoices):
    """How the administrator made sure that it is the person who asks."""

    IN_PERSON = "in_person", _("I saw the person and a document of theirs")
    CALLED_BACK = "called_back", _("I called the person on the number their body knows")
    SUPERIOR = "superior", _("The person's superior confirmed it to me in person")
