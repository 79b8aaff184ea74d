"""Named sets of recipients: who can be invited to something, offered by the apps that know them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from portal.registry import Registry

Parameters = dict[str, Any]


def _no_fields(user: Any) -> dict[str, Any]:
    return {}


def _nothing_more(parameters: Parameters) -> str:
    return ""


@dataclass(frozen=True)
class Audience:
    """One set of recipients, or a family of them that parameters choose from.

    ``rows`` takes parameters and gives a queryset with the columns that a mailing's audience has
    (``portal.mailings.services.freezing.AUDIENCE_COLUMNS``): whoever may be written to for a reason of their own. Who
    is on the suppression list, blocked or erased is left out by whoever writes. ``fields`` gives form fields for what
    this member of staff may choose; their cleaned values are plain enough for JSON and become the parameters. Where
    it is None they may choose nothing here. ``told`` says in the active language what parameters mean.
    """

    label: Any
    about: Any
    rows: Callable[[Parameters], Any]
    fields: Callable[[Any], dict[str, Any] | None] = field(default=_no_fields)
    told: Callable[[Parameters], str] = field(default=_nothing_more)


audiences: Registry[Audience] = Registry("audiences")
