"""Mail about signing in. It goes by allauth's door, which the app for messages above us keeps."""

from typing import Any

from allauth.account.adapter import get_adapter

from portal.accounts.models import Person


def tell(person: Person, name: str, *, address: str = "", **facts: Any) -> None:
    """Write “templates/account/mail/<name>” to a person in their language, at their own address or a given one."""
    get_adapter().send_mail(f"account/email/{name}", address or person.email, {"user": person, "facts": facts})
