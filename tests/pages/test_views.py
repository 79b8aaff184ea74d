"""Pages as everybody reads them."""

import re

import pytest
from django.urls import reverse
from django.utils.translation import override

from portal.pages.apps import FOOTER
from portal.pages.models import Page
from portal.pages.services import load_starters, save_page
from tests.factories import PageFactory

pytestmark = pytest.mark.django_db

LANGUAGES = ["ar", "en", "zh-hans"]


def body_of(response) -> str:
    """Return the main part of a page."""
    html = response.content.decode()
    return html[html.index("<main") : html.index("</main>")]


@pytest.fixture
def starters():
    """The pages every installation has."""
    load_starters()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_there_in_every_language(client, starters, language):
    column = f"title_{language.replace('-', '_')}"
    for key, title in Page.objects.values_list("key", column):
        response = client.get(f"/{language}/about/{key}/")
        assert response.status_code == 200, key
        main = body_of(response)
        assert f"<h1>{title}</h1>" in main
        assert main.count("<h1") == 1
        assert "not-yet" not in main
        assert "page:" not in main


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_leads_to_every_page(client, starters, language):
    main = body_of(client.get(f"/{language}/about/"))
    for key in FOOTER:
        assert f'href="/{language}/about/{key}/"' in main


def test_the_footer_names_pages_that_exist(starters):
    assert set(FOOTER) == set(Page.objects.values_list("key", flat=True))


def test_links_between_pages_stay_in_the_language(client, starters):
    main = body_of(client.get("/en/about/about/"))
    assert 'href="/en/about/participation-policy/"' in main
    assert "/ar/about/" not in main


def test_a_text_in_another_language_links_to_the_readers_pages(client):
    PageFactory(key="rules", body_en=None, body_zh_hans=None, body_ar="[سياسة](page:privacy)")
    assert 'href="/en/about/privacy/"' in body_of(client.get("/en/about/rules/"))


def test_a_missing_translation_is_marked(client):
    PageFactory(key="rules", title_en=None, body_en=None, title_ar="قواعد", body_ar="نص القواعد")
    main = body_of(client.get("/en/about/rules/"))
    heading = main[main.index("<h1>") : main.index("</h1>")]
    assert '<span class="foreign" lang="ar" dir="rtl">قواعد</span>' in heading
    assert '<span class="not-yet" lang="en" dir="ltr">Not yet in English</span>' in heading
    prose = main.partition('<div class="prose"')
    assert "Not yet in English" in prose[0].partition("</h1>")[2]
    assert prose[2].startswith(' lang="ar" dir="rtl"><p>نص القواعد</p>')


def test_addresses_and_numbers_are_isolated_from_right_to_left_text(client, starters):
    main = body_of(client.get("/ar/about/contact/"))
    assert re.search("\u2066<a [^>]*>support@sawt.example</a>\u2069", main)
    assert "\u2066+966 50 000 0000\u2069" in main


@pytest.mark.parametrize(
    ("hostile", "forbidden"),
    [
        ("<script>alert(1)</script>", "<script"),
        ("<img src=x onerror=alert(1)>", "<img"),
        ("[words](javascript:alert(1))", "href="),
        ("[words](data:text/html,hello)", "href="),
        ("[words](vbscript:x)", "href="),
        ("![picture](https://elsewhere.example/p.png)", "<img"),
        ("<a href='javascript:alert(1)' onclick='x'>words</a>", "<a href"),
        ("[words](page:javascript:alert)", "href="),
        ("<style>body{display:none}</style>", "<style"),
    ],
)
def test_hostile_markdown_is_inert(client, hostile, forbidden):
    PageFactory(key="rules", body_en=hostile)
    main = body_of(client.get("/en/about/rules/"))
    prose = main[main.index('<div class="prose"') :].partition("<section")[0]
    assert forbidden not in prose


def test_a_title_and_a_note_cannot_carry_markup(client):
    page = PageFactory.build(owner=PageFactory().owner, key="rules", title_en="<b>x</b>", change_note_en="<i>y</i>")
    save_page(page, by=None)
    html = client.get("/en/about/rules/").content.decode()
    assert "<b>x</b>" not in html
    assert "<i>y</i>" not in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html


def test_the_change_log_tells_what_changed_newest_first(client):
    page = save_page(PageFactory.build(owner=PageFactory().owner, key="rules", change_note_en="The first"), by=None)
    page.body_en, page.version, page.change_note_en = "New words", "2.0", "The second"
    save_page(page, by=None)
    main = body_of(client.get("/en/about/rules/"))
    log = main[main.index("<details") :]
    assert re.findall(r"<bdi>([\d.]+)</bdi>", log) == ["2.0", "1.0"]
    assert log.index("The second") < log.index("The first")


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_costs_three_queries_however_often_it_changed(client, django_assert_num_queries, rows):
    page = save_page(PageFactory.build(owner=PageFactory().owner, key="rules"), by=None)
    for number in range(1, rows):
        page.body_en, page.version = f"Text {number}", f"1.{number}"
        save_page(page, by=None)
    # The page, its versions, and what readers think of it.
    with django_assert_num_queries(3):
        client.get("/en/about/rules/")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_one_query(client, django_assert_num_queries, rows):
    PageFactory.create_batch(rows)
    with django_assert_num_queries(1):
        client.get("/en/about/")


@pytest.mark.parametrize("path", ["/en/about/nothing/", "/en/about/a b/", "/en/about/%00/", f"/en/about/{'x' * 5000}/"])
def test_unknown_pages_are_not_found(client, path):
    assert client.get(path).status_code in (400, 404)


def test_nothing_is_written_by_a_reader(client, starters):
    assert client.post("/en/about/privacy/").status_code == 405


def test_a_page_knows_its_address():
    with override("zh-hans"):
        assert (
            Page(key="privacy").get_absolute_url()
            == reverse("pages:page", args=["privacy"])
            == "/zh-hans/about/privacy/"
        )
