"""Pages and questions in the admin: each has a page of its own, reached from the survey's."""

from typing import Any

from django.contrib import admin, messages
from django.forms import BaseInlineFormSet, BaseModelFormSet, ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from modeltranslation.admin import TranslationAdmin, TranslationStackedInline

from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for
from portal.accounts.staff.bodies import BodyAdmin, BodyInline, BodyRules
from portal.accounts.staff.texts import revision_of
from surveys.admin.refusing import Refusing
from surveys.choices import OPTION_KINDS, QuestionKind, Status
from surveys.forms.writing import ConditionForm, OptionForm, PageForm, QuestionForm, RowForm, fields_for
from surveys.models import Condition, Option, Page, Question, Row, Survey
from surveys.rules import shapes
from surveys.selectors.structure import questionnaire_of
from surveys.services import structure


class OptionInline(BodyInline, TranslationStackedInline):
    """The choices of a question."""

    model = Option
    form = OptionForm
    organisation_lookup = "survey__organisation"
    change_roles = (Role.EDITOR,)
    fields = ["label", "position", "is_other", "is_exclusive", "is_anchored"]
    extra = 2

    def has_delete_permission(self, request: HttpRequest, obj: Question | None = None) -> bool:
        """Whoever may write the question; the service refuses what a condition looks at."""
        return self.has_change_permission(request, obj)


class RowInline(OptionInline):
    """The lines of a table."""

    model = Row
    form = RowForm
    fields = ["label", "position", "is_anchored"]


class Conditions(BaseInlineFormSet):
    """The conditions of one page or question."""

    def add_fields(self, form: ModelForm, index: int | None) -> None:
        """Name the box that takes a condition away: the table's headings do so for the eye alone."""
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = _("Take this condition away")


class ConditionInline(BodyRules, admin.TabularInline):
    """When a page or question is shown."""

    model = Condition
    form = ConditionForm
    formset = Conditions
    organisation_lookup = "survey__organisation"
    change_roles = (Role.EDITOR,)
    fields = ["alternative", "source", "operator", "choice", "value"]
    extra = 1
    verbose_name_plural = gettext_lazy("Shown only if")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> type[BaseInlineFormSet]:
        """Offer the questions that stand before."""
        form = type("Conditions", (ConditionForm,), {"earlier": earlier_than(obj)})
        return super().get_formset(request, obj, form=form, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may write the thing."""
        return self.has_change_permission(request, obj)


def earlier_than(thing: Page | Question | None) -> tuple[shapes.Question, ...]:
    """Return the questions on which a rule of this page or question may look back."""
    if thing is None or thing.pk is None:
        return ()
    written = questionnaire_of(thing.survey)
    found: list[shapes.Question] = []
    for page in written.pages:
        if isinstance(thing, Page) and page.code == thing.code:
            break
        for question in page.questions:
            if isinstance(thing, Question) and question.code == thing.code:
                return tuple(found)
            found.append(question)
    return tuple(found)


class PartAdmin(Refusing, BodyAdmin, TranslationAdmin):
    """What both have: they belong to a survey, and lead back to it."""

    organisation_lookup = "survey__organisation"
    view_roles = (Role.MANAGER,)
    change_roles = (Role.EDITOR,)
    change_form_template = "admin/surveys/part/change_form.html"

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Parts are found on the page of their survey."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Editors of the body, until the results are published."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (obj is None or obj.pk is None or obj.survey.status != Status.RESULTS)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lead to the surveys: parts have no list of their own."""
        return HttpResponseRedirect(reverse("admin:surveys_survey_changelist"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Name the survey that the address names."""
        survey = self.new_one(request).survey
        told = {"survey": survey, "show_save_and_add_another": False, **(extra_context or {})}
        return super().add_view(request, form_url, told)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Lead back to the survey."""
        part = self.get_object(request, object_id)
        told = {"show_save_and_add_another": False, **(extra_context or {})}
        if part is not None:
            told |= {"survey": part.survey, "is_out": part.survey.is_public}
        return super().change_view(request, object_id, form_url, told)

    def new_one(self, request: HttpRequest) -> Any:
        """Return what is added where the address says so, for those who may write there; 404 for all others."""
        raise NotImplementedError

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> type[ModelForm]:
        """Tell a new part's form where it will stand."""
        form = super().get_form(request, obj, **kwargs)
        if obj is not None:
            return form
        made = self.new_one(request)

        class New(form):
            def __init__(self, *args: Any, **options: Any) -> None:
                options["instance"] = options.get("instance") or made
                super().__init__(*args, **options)

        return New

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: BaseModelFormSet, change: bool) -> None:
        """Write choices, lines and conditions through the services."""
        formset.save(commit=False)
        if formset.model is Condition:
            left = [row for row in formset.forms if row not in formset.deleted_forms]
            kept = [row.instance for row in left if row.instance.pk is not None or row.has_changed()]
            if formset.has_changed():
                structure.set_rules(form.instance, kept, by=request.user)
            return
        rows = [row for row in formset.forms if row.has_changed() and row not in formset.deleted_forms]
        kept = [(row.instance, revision_of(request, row.prefix)) for row in rows]
        if kept or formset.deleted_objects:
            structure.save_parts(form.instance, kept=kept, gone=formset.deleted_objects, by=request.user)

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead back to the survey, to the part."""
        return self._to_survey(request, obj)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Lead back to the survey, to the part."""
        return self._to_survey(request, obj)

    def _to_survey(self, request: HttpRequest, part: Page | Question) -> HttpResponse:
        messages.success(request, _("Saved."))
        if "_continue" in request.POST:
            return HttpResponseRedirect(reverse(f"admin:surveys_{self.opts.model_name}_change", args=[part.pk]))
        return HttpResponseRedirect(to_part(part))


def to_part(part: Page | Question) -> str:
    """Return the address of the survey's page in the admin, at this part."""
    survey = reverse("admin:surveys_survey_change", args=[part.survey_id])
    return f"{survey}#{'page' if isinstance(part, Page) else 'question'}-{part.pk}"


@admin.register(Page)
class PageAdmin(PartAdmin):
    """A page of a survey."""

    form = PageForm
    fields = ["title", "text"]
    inlines = [ConditionInline]

    def new_one(self, request: HttpRequest) -> Page:
        """Return a page of the survey that the address names."""
        writable = Survey.objects.filter(organisation__in=bodies_for(request.user, Role.EDITOR))
        survey = writable.filter(code=request.GET.get("survey", "")).exclude(status=Status.RESULTS).first()
        if survey is None:
            raise Http404
        return Page(survey=survey)

    def get_inlines(self, request: HttpRequest, obj: Page | None) -> list[Any]:
        """A page is there before it is hidden."""
        return self.inlines if obj is not None else []

    def save_model(self, request: HttpRequest, obj: Page, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        structure.save_page(obj, by=request.user, revision=revision_of(request))


@admin.register(Question)
class QuestionAdmin(PartAdmin):
    """A question. Which fields and parts there are depends on its kind."""

    form = QuestionForm

    def new_one(self, request: HttpRequest) -> Question:
        """Return a question of the kind and on the page that the address names."""
        number, kind = request.GET.get("page", ""), request.GET.get("kind", "")
        writable = Page.objects.filter(survey__organisation__in=bodies_for(request.user, Role.EDITOR))
        found = writable.exclude(survey__status=Status.RESULTS).select_related("survey")
        page = found.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
        if page is None or kind not in QuestionKind:
            raise Http404
        return Question(page=page, survey=page.survey, kind=kind, scale="satisfaction" if kind == "scale" else "")

    def get_fields(self, request: HttpRequest, obj: Question | None = None) -> list[str]:
        """Return the fields of its kind; a new one may be given a code."""
        if obj is None:
            return [*fields_for(self.new_one(request).kind), "code"]
        return [*fields_for(obj.kind), "kind"]

    def get_readonly_fields(self, request: HttpRequest, obj: Question | None = None) -> list[str]:
        """A question that was published keeps its kind."""
        return ["kind"] if obj is not None and obj.survey.versions.exists() else []

    def get_inlines(self, request: HttpRequest, obj: Question | None) -> list[Any]:
        """Return what its kind is made of, and once it is there its conditions."""
        kind = obj.kind if obj is not None else self.new_one(request).kind
        found: list[Any] = [RowInline] if kind == QuestionKind.MATRIX else []
        found += [OptionInline] if kind in OPTION_KINDS else []
        return [*found, ConditionInline] if obj is not None else found

    def save_model(self, request: HttpRequest, obj: Question, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        structure.save_question(obj, by=request.user, revision=revision_of(request))
