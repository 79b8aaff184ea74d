"""The app, and what it offers to the ground floor."""

from typing import Any

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import registry


def _signed_in(user: Any) -> bool:
    return user.is_authenticated


class AccountsConfig(AppConfig):
    """People and organisations."""

    name = "portal.accounts"
    label = "accounts"
    verbose_name = _("People and organisations")

    def ready(self) -> None:
        """Register personal data, navigation, indicators and the demonstration; listen to what sign-in tells."""
        from portal.accounts import adapters, kinds, kpis
        from portal.accounts.management import demo

        registry.personal_data.register("accounts", kinds.personal_data)
        registry.personal_data.register("accounts.signing_in", kinds.signing_in)
        registry.navigation.register(
            "accounts",
            registry.NavigationEntry(
                label=_("My account"),
                url=lambda: reverse("accounts:profile"),
                position=10,
                section="account",
                prefix="account/",
                visible_to=_signed_in,
            ),
        )
        registry.demo.register("accounts", demo.load)
        kpis.register()
        adapters.connect()
