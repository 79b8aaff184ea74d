"""Parts of an issue in the admin: each has a page of its own, reached from the issue's."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy
from modeltranslation.admin import TranslationAdmin, TranslationStackedInline

from newsletter.admin.issues import refused
from newsletter.choices import WRITING_STATES, BlockKind
from newsletter.forms.writing import FIELDS, LinkForm, PartForm
from newsletter.models import Block, Issue, Link
from newsletter.services import parts
from newsletter.services.issues import IssueRefused
from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for
from portal.accounts.staff.bodies import BodyAdmin, BodyInline
from portal.accounts.staff.texts import revision_of
from portal.files.services import FileRefused


class LinkInline(BodyInline, TranslationStackedInline):
    """The links of a list."""

    model = Link
    form = LinkForm
    organisation_lookup = "issue__organisation"
    view_roles = (Role.MANAGER,)
    change_roles = (Role.EDITOR,)
    fields = ["title", "link", "position"]
    extra = 3

    def has_delete_permission(self, request: HttpRequest, obj: Block | None = None) -> bool:
        """Whoever may write the list."""
        return self.has_change_permission(request, obj)


@admin.register(Block)
class BlockAdmin(BodyAdmin, TranslationAdmin):
    """A part of an issue, as long as the issue is written. Which fields there are depends on its kind."""

    form = PartForm
    organisation_lookup = "issue__organisation"
    view_roles = (Role.MANAGER,)
    change_roles = (Role.EDITOR,)
    inlines = [LinkInline]
    change_form_template = "admin/newsletter/block/change_form.html"

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Parts are found on the page of their issue."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Block | None = None) -> bool:
        """Editors of the body, while the issue is being written."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.issue_id is None or obj.issue.state in WRITING_STATES)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Load the issue with it."""
        return super().get_queryset(request).select_related("issue__organisation", "image")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The issue is the list."""
        return HttpResponseRedirect(reverse("admin:newsletter_issue_changelist"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Add a part of the kind that the address names, to the issue that it names."""
        issue, kind = self._wanted(request)
        told = {"issue": issue, "title": BlockKind(kind).label, "show_save_and_add_another": False}
        return super().add_view(request, form_url, told | (extra_context or {}))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Name the kind, and lead back to the issue."""
        block = self.get_object(request, object_id)
        told = {"show_save_and_add_another": False, **(extra_context or {})}
        if block is not None:
            told |= {"issue": block.issue, "title": block.get_kind_display()}
        return super().change_view(request, object_id, form_url, told)

    def get_fields(self, request: HttpRequest, obj: Block | None = None) -> list[str]:
        """Return the fields of its kind."""
        return FIELDS[self._kind_of(request, obj)]

    def get_inlines(self, request: HttpRequest, obj: Block | None) -> list[Any]:
        """Only a list of links has links."""
        return self.inlines if self._kind_of(request, obj) == BlockKind.LINKS else []

    def get_form(self, request: HttpRequest, obj: Block | None = None, **kwargs: Any) -> type[ModelForm]:
        """Tell a new part's form its issue and kind."""
        form = super().get_form(request, obj, **kwargs)
        if obj is not None:
            return form
        issue, kind = self._wanted(request)

        class New(form):
            def __init__(self, *args: Any, **options: Any) -> None:
                options.setdefault("instance", None)
                options["instance"] = options["instance"] or Block(issue=issue, kind=kind)
                super().__init__(*args, **options)

        return New

    def save_model(self, request: HttpRequest, obj: Block, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        parts.save_part(obj, by=request.user, image=form.cleaned_data.get("upload"), revision=revision_of(request))

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: BaseModelFormSet, change: bool) -> None:
        """Write the links through the service."""
        formset.save(commit=False)
        kept = [
            (row.instance, revision_of(request, row.prefix))
            for row in formset.forms
            if row.has_changed() and row not in formset.deleted_forms
        ]
        if kept or formset.deleted_objects:
            parts.save_links(form.instance, kept=kept, gone=formset.deleted_objects, by=request.user)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Say in a sentence why something was not saved."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IssueRefused as refusal:
            messages.error(request, refused("", refusal.reason))
        except FileRefused as refusal:
            messages.error(request, refusal.message)
        return HttpResponseRedirect(request.get_full_path())

    def response_add(self, request: HttpRequest, obj: Block, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead back to the issue, to the part."""
        return self._to_issue(request, obj)

    def response_change(self, request: HttpRequest, obj: Block) -> HttpResponse:
        """Lead back to the issue, to the part."""
        return self._to_issue(request, obj)

    def _to_issue(self, request: HttpRequest, block: Block) -> HttpResponse:
        if "_continue" in request.POST:
            return HttpResponseRedirect(reverse("admin:newsletter_block_change", args=[block.pk]))
        messages.success(request, gettext_lazy("Saved."))
        issue = reverse("admin:newsletter_issue_change", args=[block.issue_id])
        return HttpResponseRedirect(f"{issue}#part-{block.pk}")

    def _kind_of(self, request: HttpRequest, block: Block | None) -> str:
        return block.kind if block is not None else self._wanted(request)[1]

    def _wanted(self, request: HttpRequest) -> tuple[Issue, str]:
        """Return the issue and the kind that the address of a new part names, for those who may write there."""
        code, kind = request.GET.get("issue", ""), request.GET.get("kind", "")
        writable = Issue.objects.filter(
            state__in=WRITING_STATES, organisation__in=bodies_for(request.user, Role.EDITOR)
        )
        issue = writable.select_related("organisation").filter(code=code).first()
        if issue is None or kind not in FIELDS:
            raise Http404
        return issue, kind
