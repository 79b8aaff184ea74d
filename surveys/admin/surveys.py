"""Surveys in the admin: begun from a template, written, looked at, published, and moved from state to state."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import ManyToManyField, QuerySet
from django.forms import CheckboxSelectMultiple, ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from modeltranslation.admin import TranslationAdmin

from portal.accounts.choices import Role
from portal.accounts.models import Organisation
from portal.accounts.rules import bodies_for
from portal.accounts.staff.bodies import BodyAdmin
from portal.accounts.staff.texts import revision_of
from portal.audit.models import Entry
from portal.text import localised
from surveys.admin.inviting import Inviting
from surveys.admin.parts import to_part
from surveys.admin.refusing import Refusing
from surveys.admin.rounds import Recurring
from surveys.admin.understanding import Understanding
from surveys.choices import Act, QuestionKind, Status
from surveys.forms.writing import StartForm, SurveyForm
from surveys.models import Page, Question, Survey
from surveys.rules.access import may_invite
from surveys.selectors.editor import desk_of
from surveys.services import building, states, structure
from surveys.services.refusals import SurveyRefused
from surveys.views import preview

DONE = {
    Act.PUBLISH: gettext_lazy("Published. People can answer from the time at which it opens."),
    Act.TAKE_BACK: gettext_lazy("Taken back: it is a draft again."),
    Act.PAUSE: gettext_lazy("Paused. Whoever has begun keeps what they wrote."),
    Act.RESUME: gettext_lazy("Resumed."),
    Act.CLOSE: gettext_lazy("Closed. No more answers are taken."),
    Act.REOPEN: gettext_lazy("Open again. Set a new time at which it closes."),
    Act.PUBLISH_RESULTS: gettext_lazy("The results are public now."),
    Act.WITHDRAW_RESULTS: gettext_lazy("The results are no longer public."),
}


class Which(admin.SimpleListFilter):
    """Surveys or templates: surveys unless asked otherwise."""

    title = gettext_lazy("Shown")
    parameter_name = "which"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Offer both."""
        return [("templates", gettext_lazy("Templates"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Apply the choice; pages of one thing show whatever it is."""
        if request.resolver_match is None or not request.resolver_match.url_name.endswith("changelist"):
            return queryset
        return queryset.templates() if self.value() == "templates" else queryset.real()

    def choices(self, changelist: Any) -> Any:
        """Name what stands for everything."""
        for place, choice in enumerate(super().choices(changelist)):
            yield {**choice, "display": _("Surveys")} if place == 0 else choice


@admin.register(Survey)
class SurveyAdmin(Understanding, Inviting, Recurring, Refusing, BodyAdmin, TranslationAdmin):
    """Surveys of the person's bodies."""

    form = SurveyForm
    view_roles = (Role.MANAGER,)
    change_roles = (Role.EDITOR,)
    list_display = ["title", "organisation", "state_label", "answer_count", "results_link", "opens_at", "closes_at"]
    list_filter = [Which, "status", "audience"]
    list_select_related = ["organisation"]
    search_fields = ["search_text", "=code"]
    formfield_overrides = {ManyToManyField: {"widget": CheckboxSelectMultiple}}
    change_form_template = "admin/surveys/survey/change_form.html"
    ordering = ["-id"]
    fieldsets = [
        (None, {"fields": ["title", "summary", "intro", "consent", "thanks"]}),
        (gettext_lazy("Who answers"), {"fields": ["audience", "members_of", "mode", "one_each"]}),
        (gettext_lazy("When"), {"fields": ["opens_at", "closes_at", "quota"]}),
        (gettext_lazy("Languages and rounds"), {"fields": ["languages", "languages_reason", "previous"]}),
    ]

    @admin.display(description=gettext_lazy("state"))
    def state_label(self, survey: Survey) -> str:
        """Return where it stands now."""
        return survey.state.label

    @admin.display(description=gettext_lazy("results"))
    def results_link(self, survey: Survey) -> str:
        """Return a link to the results, once anybody can have answered."""
        if survey.version is None or survey.is_template:
            return "–"
        named = _("Results of “%(title)s”") % {"title": localised(survey, "title")[0]}
        url = reverse("surveys:staff_results", args=[survey.code])
        return format_html('<a href="{}" aria-label="{}">{}</a>', url, named, _("Results"))

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Load what every page of a survey names."""
        return super().get_queryset(request).select_related("organisation", "version", "previous")

    def has_change_permission(self, request: HttpRequest, obj: Survey | None = None) -> bool:
        """Editors of the body, until the results are published."""
        return super().has_change_permission(request, obj) and (obj is None or obj.status != Status.RESULTS)

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet | None:
        """Any organisation may have members; the last round is one of the person's own surveys."""
        if db_field.name == "members_of":
            return Organisation.objects.order_by("pk")
        if db_field.name == "previous":
            return Survey.objects.real().for_editor(request.user).order_by("-id")[:200]
        return super().get_field_queryset(db, db_field, request)

    def get_urls(self) -> list[URLPattern]:
        """Put the survey's own pages and acts before Django's addresses."""
        pages = [
            ("<int:pk>/preview/", self.preview_view, "preview"),
            ("<int:pk>/act/<slug:act>/", require_POST(self.act_view), "act"),
            ("<int:pk>/changes/", require_POST(self.changes_view), "changes"),
            ("<int:pk>/copy/<slug:what>/", require_POST(self.copy_view), "copy"),
            ("<int:pk>/pages/<int:part>/<slug:act>/", require_POST(self.page_view), "page"),
            ("<int:pk>/questions/<int:part>/<slug:act>/", require_POST(self.question_view), "question"),
        ]
        wrap = self.admin_site.admin_view
        own = [path(route, wrap(view), name=f"surveys_survey_{name}") for route, view, name in pages]
        return [*own, *super().get_urls()]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Begin with a template, or with an empty survey."""
        bodies = bodies_for(request.user, Role.EDITOR)
        if not bodies.exists():
            raise Http404
        templates = Survey.objects.templates().order_by("id")
        form = StartForm(request.POST or None, bodies=bodies, templates=templates)
        if request.method == "POST" and form.is_valid():
            survey = self._begun(form.cleaned_data, request)
            messages.success(request, _("Made. Nobody sees it before you publish it."))
            return self._back(survey.pk)
        context = {**self.admin_site.each_context(request), "title": _("New survey"), "opts": self.opts, "form": form}
        return TemplateResponse(request, "admin/surveys/survey/start.html", {**context, **(extra_context or {})})

    def _begun(self, wanted: dict[str, Any], request: HttpRequest) -> Survey:
        if wanted["template"] is not None:
            return building.duplicate(wanted["template"], by=request.user, organisation=wanted["organisation"])
        survey = building.save_survey(Survey(organisation=wanted["organisation"]), by=request.user)
        structure.save_page(Page(survey=survey), by=request.user)
        return survey

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Show beside the form where the survey stands, what it asks, and what may be done."""
        survey = self.get_object(request, object_id)
        told = {**(extra_context or {}), "show_save_and_add_another": False, "show_save_and_continue": False}
        if survey is not None and self.has_view_or_change_permission(request, survey):
            told |= {"desk": desk_of(survey, request.user), "kinds": QuestionKind.choices}
            told["may_invite"] = may_invite(request.user, survey)
        return super().change_view(request, object_id, form_url, told)

    def save_model(self, request: HttpRequest, obj: Survey, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        members = form.cleaned_data.get("members_of")
        building.save_survey(obj, by=request.user, members_of=members, revision=revision_of(request))

    def response_change(self, request: HttpRequest, obj: Survey) -> HttpResponse:
        """Stay with the survey: there is more to write."""
        messages.success(request, _("Saved."))
        return self._back(obj.pk)

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        """Nothing is left to write: the service has."""

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the survey as people will answer it, on a path of their choice."""
        return preview.page(request, self._seen(request, pk))

    def act_view(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        """Do one act with the survey and say what came of it."""
        survey = self._seen(request, pk)
        if act not in Act:
            raise Http404
        try:
            states.move(survey, Act(act), by=request.user)
        except SurveyRefused as refusal:
            self._tell(request, refusal)
        else:
            messages.success(request, DONE[Act(act)])
        return self._back(pk)

    def changes_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let people answer what was written since it was published."""
        survey = self._seen(request, pk)
        try:
            version = states.publish_changes(survey, by=request.user, same_meaning="same_meaning" in request.POST)
        except SurveyRefused as refusal:
            self._tell(request, refusal)
        else:
            told = _("Published. From now on people answer version %(version)s.")
            messages.success(request, told % {"version": version})
        return self._back(pk)

    def copy_view(self, request: HttpRequest, pk: int, what: str) -> HttpResponse:
        """Make a copy, the next round, or a template of it."""
        survey = self._seen(request, pk)
        try:
            if what == "template":
                copy = building.keep_as_template(survey, by=request.user)
            elif what in ("copy", "round"):
                copy = building.duplicate(survey, by=request.user, is_next_round=what == "round")
            else:
                raise Http404
        except SurveyRefused as refusal:
            self._tell(request, refusal)
            return self._back(pk)
        messages.success(request, _("Made: this is the copy."))
        return self._back(copy.pk)

    def page_view(self, request: HttpRequest, pk: int, part: int, act: str) -> HttpResponse:
        """Move or remove one page."""
        page = get_object_or_404(Page.objects.select_related("survey"), survey=self._seen(request, pk), pk=part)
        acts = {
            "up": lambda: structure.move_page(page, by=request.user, is_up=True),
            "down": lambda: structure.move_page(page, by=request.user, is_up=False),
            "remove": lambda: structure.remove_page(page, by=request.user),
        }
        return self._done_with(request, acts, act, page)

    def question_view(self, request: HttpRequest, pk: int, part: int, act: str) -> HttpResponse:
        """Move, place, copy or remove one question."""
        found = Question.objects.select_related("survey", "page")
        question = get_object_or_404(found, survey=self._seen(request, pk), pk=part)
        acts = {
            "up": lambda: structure.move_question(question, by=request.user, is_up=True),
            "down": lambda: structure.move_question(question, by=request.user, is_up=False),
            "place": lambda: self._place(request, question),
            "duplicate": lambda: structure.duplicate_question(question, by=request.user),
            "remove": lambda: structure.remove_question(question, by=request.user),
        }
        return self._done_with(request, acts, act, question)

    def _place(self, request: HttpRequest, question: Question) -> None:
        number, at = request.POST.get("page", ""), request.POST.get("position", "")
        if not (number.isdecimal() and at.isdecimal() and len(number) < 19 and len(at) < 5):
            raise Http404
        page = get_object_or_404(Page, survey=question.survey, pk=int(number))
        structure.place_question(question, page=page, position=int(at), by=request.user)

    def _done_with(self, request: HttpRequest, acts: dict[str, Any], act: str, part: Page | Question) -> HttpResponse:
        if act not in acts:
            raise Http404
        shown = part
        try:
            shown = acts[act]() or part
        except SurveyRefused as refusal:
            self._tell(request, refusal)
        return self._back(part.survey_id, "#questions") if act == "remove" else HttpResponseRedirect(to_part(shown))

    def trail_of(self, obj: Survey) -> QuerySet[Entry]:
        """Add what was done to its pages and questions, those that were taken out included."""
        parts = [model._meta.label_lower for model in (Page, Question)]
        return Entry.objects.about(obj) | Entry.objects.filter(target_kind__in=parts, data__survey=obj.code)

    def _tell(self, request: HttpRequest, refusal: SurveyRefused) -> None:
        for problem in refusal.problems:
            messages.error(request, problem)

    def _seen(self, request: HttpRequest, pk: int) -> Survey:
        survey = self.get_object(request, str(pk))
        if survey is None or not self.has_view_permission(request, survey):
            raise Http404
        return survey

    def _back(self, pk: int, anchor: str = "") -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:surveys_survey_change", args=[pk]) + anchor)
