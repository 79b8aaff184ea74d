"""Help articles and their categories in the admin: by the editors of their body, through the services."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from modeltranslation.admin import TranslationAdmin

from portal.accounts.choices import STAFF_ROLES, Role
from portal.accounts.staff.bodies import BodyAdmin, BodyInline
from portal.accounts.staff.preview import at
from portal.accounts.staff.texts import revision_of
from portal.web.templatetags.marks import number, percent
from tickets import rules
from tickets.choices import ArticleState
from tickets.forms.articles import ArticleForm
from tickets.models import Article, ArticleCategory, ArticleVersion
from tickets.selectors.articles import figures
from tickets.services import articles as services
from tickets.views import articles as views

# For each state staff can move one to: the service that does it, and what it is called.
_MOVES = {
    ArticleState.PUBLISHED: (services.publish_article, gettext_lazy("Publish")),
    ArticleState.RETIRED: (services.retire_article, gettext_lazy("Retire")),
}


class VersionInline(BodyInline, admin.TabularInline):
    """What the article said before: to be read, and changed by nobody."""

    model = ArticleVersion
    view_roles = tuple(STAFF_ROLES)
    fields = readonly_fields = ["number", "saved_at", "saved_by_id"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: a version is kept by saving the article."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


@admin.register(ArticleCategory)
class ArticleCategoryAdmin(BodyAdmin, TranslationAdmin):
    """Categories belong to the whole portal: the ministry's editors write them."""

    organisation_lookup = None
    view_roles = tuple(STAFF_ROLES)
    change_roles = (Role.EDITOR,)
    list_display = ["name", "code", "position"]
    search_fields = ["code", "name_ar", "name_en", "name_zh_hans"]

    def save_model(self, request: HttpRequest, obj: ArticleCategory, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        services.save_category(obj, by=request.user, revision=revision_of(request))


@admin.register(Article)
class ArticleAdmin(BodyAdmin, TranslationAdmin):
    """Help articles of the person's bodies."""

    form = ArticleForm
    view_roles = (Role.MANAGER, Role.AGENT)
    change_roles = (Role.EDITOR,)
    list_display = ["title", "organisation", "category", "state_label", "recent_reads", "usefulness", "updated_at"]
    list_filter = ["state", "category"]
    list_select_related = ["organisation", "category"]
    search_fields = ["title_ar", "title_en", "title_zh_hans", "=code"]
    autocomplete_fields = ["related"]
    ordering = ["-id"]
    inlines = [VersionInline]
    previews = True
    change_form_template = "admin/tickets/article/change_form.html"
    fieldsets = [
        (None, {"fields": ["title", "summary", "text"]}),
        (gettext_lazy("Place"), {"fields": ["organisation", "category", "service", "related"]}),
    ]

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_label(self, article: Article) -> str:
        """Return where it stands."""
        return article.get_state_display()

    @admin.display(description=gettext_lazy("found useful"))
    def usefulness(self, article: Article) -> str:
        """Return the share of the answers that found it useful, and how many there are."""
        answers = article.useful_count + article.useless_count
        if not answers:
            return "–"
        return _("%(share)s of %(answers)s") % {
            "share": percent(100 * article.useful_count / answers),
            "answers": number(answers),
        }

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet | None:
        """Let articles of other bodies stay related: everybody reads them."""
        if db_field.name == "related":
            return Article.objects.visible_to(request.user)
        return super().get_field_queryset(db, db_field, request)

    def get_urls(self) -> list[URLPattern]:
        """Add the page that moves one to another state."""
        move = path(
            "<int:pk>/move/<slug:state>/", self.admin_site.admin_view(self.move_view), name="tickets_article_move"
        )
        return [move, *super().get_urls()]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """Offer the moves that lead out of its state, and show its figures."""
        article = self.get_object(request, object_id)
        told = extra_context or {}
        if article is not None:
            told |= {"figures": figures(article), "moves": self._moves(request, article)}
        return super().change_view(request, object_id, form_url, told)

    def _moves(self, request: HttpRequest, article: Article) -> list[tuple[str, Any]]:
        if not self.has_change_permission(request, article):
            return []
        return [
            (reverse("admin:tickets_article_move", args=[article.pk, state]), _MOVES[state][1])
            for state in rules.article_moves(article)
        ]

    def move_view(self, request: HttpRequest, pk: int, state: str) -> HttpResponse:
        """Show what is missing, or ask once more; move it by POST."""
        article = self.get_object(request, str(pk))
        if article is None or state not in _MOVES or not self.has_change_permission(request, article):
            raise Http404
        move, label = _MOVES[ArticleState(state)]
        if request.method == "POST":
            try:
                moved = move(article, by=request.user)
            except services.ArticleRefused as refused:
                for problem in refused.problems:
                    messages.error(request, problem)
            else:
                told = {"title": str(moved), "state": moved.get_state_display()}
                messages.success(request, _("Done: “%(title)s” is now %(state)s.") % told)
            return HttpResponseRedirect(reverse("admin:tickets_article_change", args=[pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": label,
            "article": article,
            "problems": rules.before_publishing(article) if state == ArticleState.PUBLISHED else [],
            "state": state,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/tickets/article/move.html", context)

    def save_model(self, request: HttpRequest, obj: Article, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        services.save_article(obj, by=request.user, revision=revision_of(request), related=form.cleaned_data["related"])

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        """Leave what is related to the service, which has set it; the versions cannot be changed."""
        for formset in formsets:
            formset.save()

    def preview(self, visitor: HttpRequest, obj: Article, *, by: Any) -> HttpResponse:
        """Return its page as it will be once published; where something is missing the page says so."""
        if obj.state != ArticleState.PUBLISHED:
            try:
                services.publish_article(obj, by=by)
            except services.ArticleRefused as refused:
                visitor.preview_problems = refused.problems
        shown = Article.objects.select_related("organisation", "category", "service").get(pk=obj.pk)
        return views.article_page(at(visitor, obj.get_absolute_url()), shown)
