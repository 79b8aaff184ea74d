"""Pages fit narrow screens, stay light, work by keyboard and without a script."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.e2e.conftest import desk_places, notice_places, public_places, somebody, staff_places
from tests.e2e.notes import note

NARROW = {"width": 320, "height": 640}
# WCAG 1.4.12: what readers may ask for without losing content.
TEXT_SPACING = """
* {line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important}
p {margin-block-end: 2em !important}
"""
MAX_WEIGHT = 60_000


def too_wide(page):
    """Return by how many pixels a page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_no_page_scrolls_sideways_at_320_pixels(new_page, demonstration):
    page = new_page(viewport=NARROW, bypass_csp=True)
    wide = {}
    for language in ("ar", "en", "zh-hans"):
        for place in public_places(language):
            page.goto(place)
            wide[place] = too_wide(page)
            page.add_style_tag(content=TEXT_SPACING)
            wide[f"{place} spaced"] = too_wide(page)
            note(page, "reflow", ["too wide" for name in (place, f"{place} spaced") if wide[name] > 0])
    assert {place: excess for place, excess in wide.items() if excess > 0} == {}


def test_the_accounts_notifications_fit_320_pixels(new_page, demonstration, sign_in):
    page = new_page(viewport=NARROW, bypass_csp=True)
    sign_in(page, somebody("citizen"))
    wide = {}
    for place in (place for language in ("ar", "en", "zh-hans") for place in notice_places(language)):
        page.goto(place)
        wide[place] = too_wide(page)
        page.add_style_tag(content=TEXT_SPACING)
        wide[f"{place} spaced"] = too_wide(page)
    assert {place: excess for place, excess in wide.items() if excess > 0} == {}


def test_staff_pages_fit_a_small_laptop(new_page, demonstration, sign_in):
    page = new_page(viewport={"width": 1024, "height": 700})
    wide = {}
    for name, places in (("moderator", staff_places), ("agent", desk_places)):
        sign_in(page, somebody(name))
        for place in (place for language in ("ar", "en") for place in places(language)[:4]):
            page.goto(place)
            wide[place] = too_wide(page)
    assert {place: excess for place, excess in wide.items() if excess > 0} == {}


def test_every_page_has_one_heading_and_no_message_of_the_console(new_page, demonstration):
    page = new_page()
    said = []
    page.on("console", lambda message: said.append((page.url, message.text)) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append((page.url, str(error))))
    headings = {}
    for place in public_places("en"):
        page.goto(place)
        headings[place] = page.locator("h1").count()
    assert {place: count for place, count in headings.items() if count != 1} == {}
    assert [entry for entry in said if "there-is-nothing-here" not in entry[0]] == []


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["", "consultations/", "about/", "design/"])
@pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
def test_anonymous_pages_are_light(language, place):
    page = Client().get(f"/{language}/{place}").content
    files = re.findall(rb'(?:href|src)="/static/([^"#]+\.(?:css|js))"', page)
    loaded = [page, *(Path(finders.find(name.decode())).read_bytes() for name in files)]
    assert len(files) >= 3
    assert sum(len(gzip.compress(content)) for content in loaded) <= MAX_WEIGHT


def test_everything_loaded_is_our_own(page, demonstration, live_server):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    for place in public_places("ar")[:8]:
        page.goto(place)
    strangers = [url for url in asked if not url.startswith((live_server.url, "data:"))]
    assert strangers == []


def test_the_skip_link_comes_first_and_leads_to_the_content(page):
    page.goto("/en/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_focus_is_seen_and_never_covered(page):
    page.goto("/en/design/")
    hidden = []
    for _ in range(60):
        page.keyboard.press("Tab")
        hidden += page.evaluate(
            """() => { const e = document.activeElement, box = e.getBoundingClientRect();
            const at = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 20));
            const labels = [...(e.labels || [])];
            const seen = at && (e.contains(at) || at.contains(e) || labels.some(label => label.contains(at)));
            return seen || e === document.body ? [] : [e.outerHTML.slice(0, 120)] }"""
        )
    assert hidden == []


def test_menus_work_without_a_script(plain_page):
    plain_page.goto("/ar/consultations/?state=open")
    plain_page.locator(".mobile-menu > summary").click()
    assert plain_page.locator(".mobile-menu nav a").first.is_visible()
    plain_page.locator(".mobile-menu > summary").click()
    plain_page.locator(".tools .menu > summary").first.click()
    plain_page.locator('.menu-list a[lang="en"]').click()
    assert plain_page.url.endswith("/en/consultations/?state=open")


def test_escape_and_a_press_elsewhere_close_menus(page):
    page.goto("/en/")
    summary = page.locator(".tools .menu > summary").first
    summary.click()
    page.keyboard.press("Escape")
    assert page.locator("details.menu[open]").count() == 0
    summary.click()
    page.locator("h1").click()
    assert page.locator("details.menu[open]").count() == 0


@pytest.mark.parametrize("script", [True, False])
def test_the_error_summary_takes_focus_and_leads_to_the_field(new_page, script):
    page = new_page(java_script_enabled=script)
    page.goto("/en/account/signup/")
    page.locator("main form button[type=submit], main form button:not([type])").first.click()
    page.wait_for_selector("#error-summary")
    assert page.locator("#error-summary:focus").count() == 1
    target = page.locator("#error-summary a").first.get_attribute("href")
    page.locator("#error-summary a").first.click()
    assert page.locator(f"{target}:focus, {target}:target").count() == 1
