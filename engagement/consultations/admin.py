"""Consultations in the admin: written by editors of their body, through the services of the public pages."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import ManyToManyField, QuerySet
from django.forms import BaseModelFormSet, CheckboxSelectMultiple, ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from modeltranslation.admin import TranslationAdmin, TranslationStackedInline

from engagement.consultations import rules, services, views
from engagement.consultations.choices import Status
from engagement.consultations.forms import ConsultationForm, DocumentForm
from engagement.consultations.models import Consultation, Document, Section
from engagement.consultations.selectors import url_of
from portal.accounts.choices import Role
from portal.accounts.staff.bodies import BodyAdmin, BodyInline, write_in
from portal.accounts.staff.preview import at, is_preview
from portal.accounts.staff.texts import revision_of
from portal.audit.models import Entry
from portal.files.models import StoredFile
from portal.files.services import Accepted, FileRefused, keep

# For each status staff can move one to: the service that does it, and what tells what is missing.
_MOVES = {
    Status.PUBLISHED: (services.publish, rules.before_publishing, gettext_lazy("Publish")),
    Status.CONCLUDED: (services.conclude, rules.before_concluding, gettext_lazy("Publish the response and conclude")),
    Status.WITHDRAWN: (services.withdraw, rules.before_withdrawing, gettext_lazy("Withdraw")),
}


QUESTION = ("question_ar", "question_en", "question_zh_hans")


class DraftInline(BodyInline, TranslationStackedInline):
    """Parts of a consultation, which can be taken out again as long as it is a draft."""

    def has_delete_permission(self, request: HttpRequest, obj: Consultation | None = None) -> bool:
        """Editors, while it is a draft; the services say the same."""
        is_draft = obj is not None and obj.pk is not None and obj.status == Status.DRAFT
        return is_draft and self.has_change_permission(request, obj)


class SectionInline(DraftInline):
    """The articles of the draft."""

    model = Section
    view_roles = (Role.MANAGER,)
    change_roles = (Role.EDITOR,)
    extra = 0


class DocumentInline(DraftInline):
    """The documents beside it."""

    model = Document
    form = DocumentForm
    fields = ["title", "body", "upload", "position"]
    view_roles = (Role.MANAGER,)
    change_roles = (Role.EDITOR,)
    extra = 0


@admin.register(Consultation)
class ConsultationAdmin(BodyAdmin, TranslationAdmin):
    """Consultations of the person's bodies."""

    form = ConsultationForm
    view_roles = (Role.MANAGER, Role.MODERATOR)
    change_roles = (Role.EDITOR,)
    list_display = ["title", "organisation", "state_label", "opens_at", "closes_at"]
    list_filter = ["status", "kind", "level"]
    list_select_related = ["organisation"]
    search_fields = ["search_text", "=code"]
    # A list of boxes fits a telephone and is told as what it is; the topics are a few dozen at most.
    formfield_overrides = {ManyToManyField: {"widget": CheckboxSelectMultiple}}
    inlines = [SectionInline, DocumentInline]
    previews = True
    change_form_template = "admin/consultations/consultation/change_form.html"
    ordering = ["-id"]
    fieldsets = [
        (None, {"fields": ["organisation", "slug", "kind", "level", "topics"]}),
        (gettext_lazy("What we ask"), {"fields": ["title", "summary", "body", "audience"]}),
        (gettext_lazy("When"), {"fields": ["opens_at", "closes_at", "short_period_reason"]}),
        (
            gettext_lazy("Vote question"),
            {"fields": [QUESTION, "results"], "classes": ["collapse"]},
        ),
        (gettext_lazy("Response"), {"fields": ["outcome_summary", "response"], "classes": ["collapse"]}),
        (gettext_lazy("Withdrawal"), {"fields": ["withdrawal_reason"], "classes": ["collapse"]}),
    ]

    @admin.display(description=gettext_lazy("state"))
    def state_label(self, consultation: Consultation) -> str:
        """Return where it stands now."""
        return consultation.state.label

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Load the deadline with it."""
        return super().get_queryset(request).select_related("organisation", "response_deadline", "poll", "thread")

    def has_change_permission(self, request: HttpRequest, obj: Consultation | None = None) -> bool:
        """Concluded and withdrawn ones can be read only."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.pk is None or rules.may_edit(request.user, obj))

    def get_form(self, request: HttpRequest, obj: Consultation | None = None, **kwargs: Any) -> type[ModelForm]:
        """Let the vote question, which is no field of the table, be written in its languages too."""
        form = super().get_form(request, obj, **kwargs)
        for code, _name in settings.LANGUAGES:
            question = form.base_fields.get(f"question_{code.replace('-', '_')}")
            if question is not None:
                write_in(question, code)
        return form

    def get_urls(self) -> list[URLPattern]:
        """Add the page that moves one to another status."""
        move = path(
            "<int:pk>/move/<slug:status>/",
            self.admin_site.admin_view(self.move_view),
            name="consultations_consultation_move",
        )
        return [move, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Offer the moves that lead out of its status."""
        consultation = self.get_object(request, object_id)
        offered = []
        if consultation is not None and self.has_change_permission(request, consultation):
            offered = services.moves_from(consultation)
        links = [
            (reverse("admin:consultations_consultation_move", args=[consultation.pk, status]), _MOVES[status][2])
            for status in offered
        ]
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "moves": links})

    def move_view(self, request: HttpRequest, pk: int, status: str) -> HttpResponse:
        """Show what is missing, or ask once more; move it by POST."""
        consultation = self.get_object(request, str(pk))
        if consultation is None or status not in _MOVES or not self.has_change_permission(request, consultation):
            raise Http404
        move, missing, label = _MOVES[Status(status)]
        if request.method == "POST":
            try:
                move(consultation, by=request.user)
            except services.ChangeRefused as refused:
                for problem in refused.problems:
                    messages.error(request, problem)
            else:
                messages.success(request, _("Done: “%(title)s” is now %(state)s.") % _named(consultation.pk))
            return HttpResponseRedirect(reverse("admin:consultations_consultation_change", args=[pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": label,
            "consultation": consultation,
            "problems": missing(consultation),
            "status": status,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/consultations/consultation/move.html", context)

    def save_model(self, request: HttpRequest, obj: Consultation, form: ModelForm, change: bool) -> None:
        """Write through the services."""
        services.save_consultation(obj, by=request.user, revision=revision_of(request))
        services.set_topics(obj, form.cleaned_data["topics"], by=request.user)
        if isinstance(form, ConsultationForm) and form.asks_anew() and any(form.question().values()):
            services.ask_question(
                obj, question=form.question(), results=form.cleaned_data["results"] or "always", by=request.user
            )

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: BaseModelFormSet, change: bool) -> None:
        """Write articles and documents through the services; what is taken out goes first."""
        formset.save(commit=False)
        for gone in formset.deleted_objects:
            self._remove(request, gone)
        for row in formset.forms:
            if not row.has_changed() or row in formset.deleted_forms:
                continue
            revision = revision_of(request, row.prefix)
            if isinstance(row.instance, Section):
                services.save_section(row.instance, by=request.user, revision=revision)
                continue
            upload = None if is_preview(request) else row.cleaned_data.get("upload")
            services.save_document(row.instance, stored=self._kept(request, upload), by=request.user, revision=revision)

    def _kept(self, request: HttpRequest, upload: Accepted | None) -> StoredFile | None:
        """Store what was uploaded; when the storage does not take it, the texts are saved all the same."""
        try:
            return keep(upload) if upload else None
        except FileRefused as refused:
            messages.error(request, refused.message)
            return None

    def _remove(self, request: HttpRequest, part: Section | Document) -> None:
        remove = services.remove_section if isinstance(part, Section) else services.remove_document
        try:
            remove(part, by=request.user)
        except services.ChangeRefused as refused:
            for problem in refused.problems:
                messages.error(request, problem)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        """Keep the search text in step with the articles."""
        super().save_related(request, form, formsets, change)
        services.refresh_search_text(form.instance)

    def trail_of(self, obj: Consultation) -> QuerySet[Entry]:
        """Add what was done to its articles and documents, those that were taken out included."""
        parts = [model._meta.label_lower for model in (Section, Document)]
        return Entry.objects.about(obj) | Entry.objects.filter(target_kind__in=parts, data__consultation=obj.code)

    def preview(self, visitor: HttpRequest, obj: Consultation, *, by: Any) -> HttpResponse:
        """Return its page as it will be once published, or concluded where its response is written.

        Where something is missing the page says so, and shows the draft as the editor sees it.
        """
        for move in (services.publish, services.conclude):
            try:
                move(obj, by=by)
            except services.ChangeRefused as refused:
                if move is services.publish and obj.status == Status.DRAFT:
                    visitor.user, visitor.preview_problems = by, refused.problems
        return views.detail(at(visitor, url_of(obj)), obj.code, obj.slug)


def _named(pk: int) -> dict[str, Any]:
    consultation = Consultation.objects.select_related("response_deadline").get(pk=pk)
    return {"title": str(consultation), "state": consultation.state.label}
