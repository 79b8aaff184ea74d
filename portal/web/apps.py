"""The app, and what it offers to the ground floor."""

from typing import Any

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import registry


class WebConfig(AppConfig):
    """What everybody sees first."""

    name = "portal.web"
    label = "web"
    verbose_name = _("Portal")

    def ready(self) -> None:
        """Register the ways on the start page of staff that lead to rooms below this one."""
        from portal.accounts.choices import Role
        from portal.accounts.rules import holds, holds_in_ministry

        def reads_figures(user: Any) -> bool:
            return holds(user, Role.MANAGER)

        def administers(user: Any) -> bool:
            return holds(user, Role.ADMINISTRATOR)

        def administers_all(user: Any) -> bool:
            return holds_in_ministry(user, Role.ADMINISTRATOR)

        for position, (key, label, name, visible_to) in enumerate(
            (
                ("reports", _("Monthly reports"), "insight:reports", reads_figures),
                ("people", _("People and roles"), "admin:accounts_person_changelist", administers_all),
                ("trail", _("Audit trail"), "admin:audit_entry_changelist", administers),
            ),
            start=6,
        ):
            entry = registry.NavigationEntry(
                label=label,
                url=lambda name=name: reverse(name),
                position=position * 10,
                section="staff",
                visible_to=visible_to,
            )
            registry.navigation.register(f"staff.{key}", entry)
