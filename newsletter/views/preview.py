"""An issue as its readers will get it, for those who write and approve it: in a frame, and as its very bytes."""

import base64
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import translation

from newsletter.models import Block, Issue
from newsletter.selectors.rendering import edition_of
from newsletter.services.testing import test_message
from portal.mailings.emails import PERSONAL_SLOT, TOKEN_SLOT

# Mail brings its style along; nothing else that it names is fetched, and nothing in it runs.
FRAME_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox"
RAW_POLICY = "default-src 'none'; sandbox"
WIDTHS = ("phone", "desktop")
TABS = ("mail", "text", "raw")
LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)


def page(request: HttpRequest, issue: Issue, context: dict[str, Any]) -> HttpResponse:
    """Show one edition: as mail on a phone or a desktop, as plain text, or as the message that is sent."""
    language = _language(request)
    width = request.GET.get("width", "")
    tab = request.GET.get("as", "")
    mail = edition_of(issue, _blocks(issue), language).mail
    raw = test_message(issue, request.user, language)
    shown = {
        "issue": issue,
        "language": language,
        "languages": settings.LANGUAGES,
        "width": width if width in WIDTHS else WIDTHS[0],
        "tab": tab if tab in TABS else TABS[0],
        "mail": mail,
        "text": mail.text.replace(TOKEN_SLOT, "…").replace(PERSONAL_SLOT, ""),
        "raw": raw.decode(errors="replace"),
        "size": len(raw),
    }
    return TemplateResponse(request, "admin/newsletter/issue/preview.html", {**context, **shown})


def frame(request: HttpRequest, issue: Issue) -> HttpResponse:
    """Give the HTML of one edition to the frame of the preview alone, its images inside."""
    blocks = _blocks(issue)
    language = _language(request)
    html = edition_of(issue, blocks, language).mail.html.replace(PERSONAL_SLOT, "")
    response = HttpResponse(_with_images(html, blocks, language))
    response["Content-Security-Policy"] = FRAME_POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def raw(request: HttpRequest, issue: Issue) -> HttpResponse:
    """Give the bytes of the message as they would be handed to the relay, to be kept as a file."""
    language = _language(request)
    response = HttpResponse(test_message(issue, request.user, language), content_type="message/rfc822")
    response["Content-Disposition"] = f'attachment; filename="{issue}-{language}.eml"'
    response["Content-Security-Policy"] = RAW_POLICY
    return response


def _language(request: HttpRequest) -> str:
    wanted = request.GET.get("language", "") or translation.get_language() or ""
    if wanted not in LANGUAGES:
        raise Http404
    return wanted


def _blocks(issue: Issue) -> list[Block]:
    return list(issue.blocks.select_related("image").prefetch_related("links"))


def _with_images(html: str, blocks: list[Block], language: str) -> str:
    """Put the images into the page: a frame without an origin may ask our server for nothing."""
    base = settings.BASE_URL.rstrip("/")
    for block in blocks:
        if block.image is None or block.image.is_held_back:
            continue
        address = f"{base}/{language}/newsletter/images/{block.code}/"
        if address in html:
            with block.image.content.open("rb") as content:
                data = base64.b64encode(content.read()).decode()
            html = html.replace(address, f"data:{block.image.content_type};base64,{data}")
    return html
