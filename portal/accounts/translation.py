"""Fields of organisations and teams that staff write in three languages."""

from modeltranslation.translator import TranslationOptions, register

from portal.accounts.models import Organisation, Team


@register(Organisation)
class OrganisationTranslation(TranslationOptions):
    """Name and description."""

    fields = ("name", "about")


@register(Team)
class TeamTranslation(TranslationOptions):
    """Name."""

    fields = ("name",)
