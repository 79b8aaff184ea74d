"""Was this page useful, and how good is this service: asked of everybody, without cookie or account.

Pages of visitors are cached and hold no token, so these forms bring none; what another site sends is refused.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from django_ratelimit.core import is_ratelimited
from django_ratelimit.decorators import ratelimit
from django_ratelimit.exceptions import Ratelimited

from portal.origins import is_from_elsewhere
from portal.pages.choices import Scale, Useful
from portal.pages.forms import RemarkForm, StarsForm, UsefulForm
from portal.pages.models import Mark, Service
from portal.pages.selectors.judging import SERVICE, page_of, rating_of, usefulness_of
from portal.pages.services import judging
from portal.registry.judged import JudgedPage

# Answers of one address within an hour, and about one page within a day: many share an address behind a provider.
ANSWERS, OF_ONE_PAGE, REMARKS = "40/h", "20/d", "10/h"

View = Callable[..., HttpResponse]


def own_form(view: View) -> View:
    """Refuse what a page of another site sends; no token is asked for, and no such page is kept by anybody."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and is_from_elsewhere(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return csrf_exempt(never_cache(checked))


@own_form
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="ip", group="pages.judge", rate=ANSWERS, method="POST", block=True)
def useful(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Ask whether a page was useful, take the answer, and then ask why."""
    page = _found(kind, key)
    if request.method != "POST":
        return _useful_page(request, kind, key, page)
    form = UsefulForm(request.POST)
    if not form.is_valid():
        return _useful_page(request, kind, key, page, is_refused=True)
    _count(request, kind, key)
    judging.judge(kind, key, scale=Scale.USEFUL, value=form.value(), language=get_language(), source=_source(request))
    return redirect("feedback:useful", kind=kind, key=key)


@own_form
@require_POST
@ratelimit(key="ip", group="pages.remark", rate=REMARKS, method="POST", block=True)
def why(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Take the reason, with the answer it belongs to."""
    page = _found(kind, key)
    answer = UsefulForm(request.POST)
    if not answer.is_valid():
        return _useful_page(request, kind, key, page, is_refused=True)
    form = RemarkForm(request.POST, value=answer.value())
    if not form.is_valid():
        return _useful_page(request, kind, key, page, value=answer.value(), form=form)
    _count(request, kind, key)
    try:
        _remark(request, kind, key, Scale.USEFUL, answer.value(), form)
    except judging.SaidAlready:
        return _useful_page(request, kind, key, page, form=form, is_said=True)
    return redirect("feedback:useful", kind=kind, key=key)


@own_form
@require_http_methods(["GET", "HEAD", "POST"])
@ratelimit(key="ip", group="pages.judge", rate=ANSWERS, method="POST", block=True)
def rate(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for stars, take them, and then ask for words."""
    service = _service(code)
    if request.method != "POST":
        return _rating_page(request, service)
    form = StarsForm(request.POST)
    if not form.is_valid():
        return _rating_page(request, service, stars_form=form)
    _count(request, SERVICE, f"{code} stars")
    judging.judge(
        SERVICE,
        code,
        scale=Scale.STARS,
        value=form.cleaned_data["stars"],
        language=get_language(),
        source=_source(request),
    )
    return redirect("services:rate", code=code)


@own_form
@require_POST
@ratelimit(key="ip", group="pages.remark", rate=REMARKS, method="POST", block=True)
def comment(request: HttpRequest, code: str) -> HttpResponse:
    """Take words about a service, with the stars they belong to."""
    service = _service(code)
    stars = StarsForm(request.POST)
    if not stars.is_valid():
        return _rating_page(request, service, stars_form=stars)
    form = RemarkForm(request.POST, value=None)
    value = stars.cleaned_data["stars"]
    if not form.is_valid():
        return _rating_page(request, service, value=value, form=form)
    _count(request, SERVICE, f"{code} stars")
    try:
        _remark(request, SERVICE, code, Scale.STARS, value, form)
    except judging.SaidAlready:
        return _rating_page(request, service, form=form, is_said=True)
    return redirect("services:rate", code=code)


def _found(kind: str, key: str) -> JudgedPage:
    page = page_of(kind, key)
    if page is None:
        raise Http404
    return page


def _service(code: str) -> Service:
    return get_object_or_404(Service.objects.select_related("organisation"), code=code)


def _source(request: HttpRequest) -> str:
    """Return what tells this visitor from others: it leaves here as a digest only."""
    if request.user.is_authenticated:
        return f"person {request.user.pk}"
    return f"{request.META.get('REMOTE_ADDR', '')} {request.headers.get('user-agent', '')[:400]}"


def _count(request: HttpRequest, kind: str, key: str) -> None:
    """Count an answer about one thing; raises ``Ratelimited`` when one address gives too many."""
    limited = is_ratelimited(
        request,
        group="pages.judge.one",
        key=lambda _group, asker: f"{asker.META['REMOTE_ADDR']} {kind} {key}",
        rate=OF_ONE_PAGE,
        increment=True,
    )
    if limited:
        raise Ratelimited


def _remark(request: HttpRequest, kind: str, key: str, scale: Scale, value: int, form: RemarkForm) -> None:
    judging.remark(
        kind,
        key,
        scale=scale,
        value=value,
        language=get_language(),
        source=_source(request),
        reason=form.cleaned_data.get("reason", ""),
        text=form.cleaned_data["text"],
    )


def _useful_page(
    request: HttpRequest,
    kind: str,
    key: str,
    page: JudgedPage,
    *,
    value: Useful | None = None,
    form: RemarkForm | None = None,
    is_refused: bool = False,
    is_said: bool = False,
) -> HttpResponse:
    """Show the question, or what was answered and the question why; ``value`` is an answer not counted yet."""
    mark = judging.mark_of(kind, key, scale=Scale.USEFUL, source=_source(request))
    given = Useful(mark.judgement.value) if mark else None
    answer = value if value is not None else given
    context = {
        "kind": kind,
        "key": key,
        "page": page,
        "given": given,
        "answer": answer,
        "found": usefulness_of(kind, key),
        "is_refused": is_refused,
        "is_said": is_said,
        **_remark_context(mark, form, answer is not None, answer),
    }
    return render(request, "pages/feedback/useful.html", context, status=_status(context))


def _rating_page(
    request: HttpRequest,
    service: Service,
    *,
    value: int | None = None,
    form: RemarkForm | None = None,
    stars_form: StarsForm | None = None,
    is_said: bool = False,
) -> HttpResponse:
    """Show the stars, or what was given and the question for words."""
    mark = judging.mark_of(SERVICE, service.code, scale=Scale.STARS, source=_source(request))
    given = mark.judgement.value if mark else None
    answer = value if value is not None else given
    context = {
        "service": service,
        "given": given,
        "answer": answer,
        "stars_form": stars_form or StarsForm(initial={"stars": answer}),
        "rating": rating_of(service),
        "is_refused": stars_form is not None,
        "is_said": is_said,
        **_remark_context(mark, form, answer is not None, None),
    }
    return render(request, "pages/feedback/rating.html", context, status=_status(context))


def _remark_context(
    mark: Mark | None, form: RemarkForm | None, is_answered: bool, value: Useful | None
) -> dict[str, Any]:
    """Return the form for words: none before the answer, and none any more once words were given today."""
    has_said = mark is not None and mark.has_remark
    if form is None and is_answered and not has_said:
        form = RemarkForm(value=value)
    return {"form": form, "has_said": has_said, "kept_months": settings.REMARK_MONTHS}


def _status(context: dict[str, Any]) -> int:
    is_wrong = context["is_refused"] or context["is_said"] or (context["form"] is not None and context["form"].is_bound)
    return 422 if is_wrong else 200
