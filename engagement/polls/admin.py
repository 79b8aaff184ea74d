"""Polls in the admin: totals only. Who voted how is shown nowhere."""

from django.contrib import admin
from modeltranslation.admin import TranslationAdmin

from engagement.polls.models import Option, Poll
from portal.accounts.choices import Role
from portal.accounts.staff.bodies import BodyInline, ReadOnlyAdmin


class OptionInline(BodyInline, admin.TabularInline):
    """The answers, with their totals."""

    model = Option
    view_roles = (Role.EDITOR, Role.MANAGER)
    fields = ["position", "code", "label_ar", "label_en", "label_zh_hans", "votes"]
    readonly_fields = fields
    extra = 0
    can_delete = False


@admin.register(Poll)
class PollAdmin(ReadOnlyAdmin, TranslationAdmin):
    """Polls of the person's bodies; they are written with what they belong to."""

    view_roles = (Role.EDITOR, Role.MANAGER)
    list_display = ["question", "organisation", "opens_at", "closes_at", "turnout_count"]
    list_select_related = ["organisation"]
    inlines = [OptionInline]
