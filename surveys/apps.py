"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class SurveysConfig(AppConfig):
    """Questionnaires, answers, invitations and analysis."""

    name = "surveys"
    label = "surveys"
    verbose_name = _("Surveys")

    def ready(self) -> None:
        """Register what the area offers."""
        from portal import registry
        from surveys import kpis
        from surveys.choices import URN
        from surveys.kinds import SurveyKind
        from surveys.management import demo
        from surveys.selectors import personal, public
        from surveys.services import erasure, handing_in, recounting, starters

        registry.kinds.register("survey", SurveyKind())
        registry.personal_data.register(
            "surveys",
            registry.PersonalData(_("Surveys"), export=personal.answers_of, erase=erasure.erase_answers_of),
        )
        kpis.register()
        registry.starters.register("surveys", starters.load_templates)
        registry.demo.register("surveys", demo.load)
        registry.urns.register(URN, registry.UrnOwner(open=handing_in.open_urn))
        registry.recounts.register("surveys", recounting.drifts)
        registry.turns.register("surveys", public.next_turn)
        registry.navigation.register(
            "surveys",
            registry.NavigationEntry(
                label=_("Surveys"), url=lambda: reverse("surveys:list"), position=40, prefix="surveys/"
            ),
        )
        _offer_inviting()
        _offer_asking()


def _offer_inviting() -> None:
    from portal import registry
    from portal.registry.audiences import audiences
    from surveys.selectors import personal
    from surveys.selectors.audiences import OWN
    from surveys.selectors.inviting import PURPOSE, purpose
    from surveys.services import erasure, inviting

    registry.personal_data.register(
        "surveys.invitations",
        registry.PersonalData(
            _("Invitations to surveys"), export=personal.invitations_of, erase=erasure.erase_invitations_of
        ),
    )
    registry.guest_data.register(
        "surveys", registry.GuestData(erasure.erase_invitations_of_guest, erasure.guests_without_invitations)
    )
    registry.mailings.register(PURPOSE, purpose(inviting.ended))
    for key, audience in OWN.items():
        audiences.register(key, audience)


def _offer_asking() -> None:
    from portal.registry.asking import askers, triggers
    from surveys.services import asking

    askers.register("surveys", asking.ask)
    # For apps that are not there yet: whoever brings events and appointments says when one is over.
    triggers.register("event_over", _("After an event is over"))
    triggers.register("appointment_done", _("After an appointment"))
