"""Which body something is for that names none."""

from portal.accounts.choices import OrganisationKind
from portal.accounts.models import Organisation


def default_body() -> Organisation | None:
    """Return the ministry, which hands on what is not its own; where there is none, the first body."""
    bodies = Organisation.objects.public_bodies()
    return bodies.filter(kind=OrganisationKind.MINISTRY).first() or bodies.order_by("pk").first()


def body_of_code(code: str) -> Organisation | None:
    """Return the body of this code, else the default one."""
    return Organisation.objects.public_bodies().filter(code=code).first() or default_body()
