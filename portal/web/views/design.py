"""The living page of components: what the look consists of, in every state."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from portal.web.templatetags.marks import STATES


class SampleForm(forms.Form):
    """One field of each sort."""

    name = forms.CharField(label=gettext_lazy("Name to show"), help_text=gettext_lazy("Shown beside what you write."))
    email = forms.EmailField(label=gettext_lazy("E-mail address"))
    topic = forms.ChoiceField(
        label=gettext_lazy("Topic"),
        choices=[("", gettext_lazy("Choose one")), ("a", gettext_lazy("Transport")), ("b", gettext_lazy("Parks"))],
    )
    part = forms.ChoiceField(
        label=gettext_lazy("I speak for"),
        help_text=gettext_lazy("It is shown with your comment."),
        choices=[("a", gettext_lazy("Myself")), ("b", gettext_lazy("An organisation"))],
        widget=forms.RadioSelect,
    )
    ways = forms.MultipleChoiceField(
        label=gettext_lazy("Tell me by"),
        required=False,
        choices=[("a", gettext_lazy("E-mail")), ("b", gettext_lazy("Text message"))],
        widget=forms.CheckboxSelectMultiple,
    )
    text = forms.CharField(
        label=gettext_lazy("Your comment"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "data-counter": True, "dir": "auto"}),
    )
    agreed = forms.BooleanField(label=gettext_lazy("I have read the participation policy"))


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """Show every component; only where it is a demonstration or development."""
    if not (settings.DEMO or settings.DEBUG):
        raise Http404
    if "toast" in request.GET:
        messages.success(request, _("Your comment is published. We answer by Tuesday."))
        messages.error(request, _("The file could not be read."))
    return render(request, "web/design.html", _samples())


def _samples() -> dict[str, Any]:
    now = timezone.now()
    return {
        "states": list(STATES),
        "now": now,
        "closes": now + timedelta(days=12),
        "soon": now + timedelta(hours=5),
        "later": now + timedelta(days=40),
        "past": now - timedelta(days=3),
        "steps": _steps(now),
        "form": SampleForm(),
        "wrong": SampleForm({"name": "", "email": "sara@", "text": "", "part": ""}, auto_id="wrong_%s"),
        "page": Paginator(range(60), 20).page(2),
        **_things(),
        **_numbers(),
        **_texts(),
    }


def _things() -> dict[str, Any]:
    return {
        "draft": SimpleNamespace(
            title_ar="مشروع لائحة العمل التطوعي",
            title_en="Draft regulation on volunteering",
            title_zh_hans="《志愿服务条例（草案）》",
            summary_ar="خمس مواد جديدة لحماية المتطوعين وتوثيق ساعاتهم. التعليق متاح على كل مادة على حدة.",
            summary_en="Five new articles protect volunteers and record their hours. Each can be commented on.",
            summary_zh_hans="新增五条规定，保护志愿者权益，记录服务时长。每一条均可单独评论。",
        ),
        "arabic_only": SimpleNamespace(
            title_ar="حدائق الأحياء: ما الأولوية؟",
            summary_ar="ستة أحياء وثلاثة ملايين ريال. ترتيب الأولويات يبدأ يوم الأحد.",
        ),
        "english_only": SimpleNamespace(title_en="Parks first?", summary_en="Six districts, one budget."),
        "documents": [
            {"title": _("Draft regulation"), "url": "#documents", "kind": "PDF", "size": 312_000, "language": "ar"},
            {"title": _("Plain-language summary"), "url": "#documents", "size": 1_140_000, "html_url": "#documents"},
        ],
    }


def _numbers() -> dict[str, Any]:
    support, neutral, oppose = _("Support"), _("Neutral"), _("Oppose")
    return {
        "options": [
            {"code": "support", "label": support, "votes": 796, "percent": 62, "chosen": True},
            {"code": "neutral", "label": neutral, "votes": 218, "percent": 17},
            {"code": "oppose", "label": oppose, "votes": 270, "percent": 21},
        ],
        "no_votes": [{"label": support, "votes": 0, "percent": 0}, {"label": oppose, "votes": 0, "percent": 0}],
        "rows": [
            {"label": _("Arabic"), "percent": 100, "value": "1,702"},
            {"label": _("English"), "percent": 18, "value": "301"},
            {"label": _("Chinese"), "percent": 0, "value": None},
        ],
        "headings": (_("Language"), _("Comments")),
        "choices": [
            {"value": "best", "label": _("Best")},
            {"value": "newest", "label": _("Newest")},
            {"value": "discussed", "label": _("Most discussed"), "count": 12},
        ],
    }


def _texts() -> dict[str, str]:
    return {
        "arabic_comment": "التأمين من الساعة الأولى مهم جدًا، لكن من يدفع القسط للجمعيات الصغيرة؟ أقترح صندوقًا مشتركًا.",
        "chinese_comment": "希望外籍居民的志愿服务时长也能得到同样的认证。",
        "english_comment": "Please say who keeps the record of hours.\n\nAnd for how long?",
        "text": "## Heading\n\nPlain **words**.\n\n1. One\n2. Two\n\n| A | B |\n|--|--|\n| 1 | 2 |\n",
        # What somebody may give as a name: markup, and a mark that turns round what follows.
        "hostile": "<script>alert(1)</script> \u202eevil",
    }


def _steps(now: Any) -> list[dict[str, Any]]:
    return [
        {"label": _("Published"), "state": "past", "date": now - timedelta(days=20)},
        {"label": _("Open for comment"), "state": "now", "date": now + timedelta(days=12)},
        {"label": _("We read everything"), "state": "next", "date": now + timedelta(days=40)},
        {"label": _("Response published"), "state": "late", "date": now - timedelta(days=2)},
    ]
