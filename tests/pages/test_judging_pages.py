"""Was this page useful, and stars for a service: through the pages, without script, cookie or account."""

import csv
import io
import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from portal.pages.choices import Scale, Useful
from portal.pages.models import Judgement, Mark, Remark, Service, Subject, Tally
from portal.pages.services import judging
from tests.factories import OrganisationFactory, PageFactory, PersonFactory
from tests.pages.test_views import body_of

pytestmark = pytest.mark.django_db

PAGE, WHY = "/en/feedback/page/rules/", "/en/feedback/page/rules/why/"
RATE, COMMENT = "/en/services/permits/rating/", "/en/services/permits/rating/comment/"
HOSTILE = '<script>alert(1)</script>\u202eevil & "quoted" {{ 7|add:7 }}'


@pytest.fixture
def page():
    """A page that can be judged."""
    return PageFactory(key="rules", title_en="The <b>rules</b>")


@pytest.fixture
def permits():
    """A service."""
    texts = {"name_ar": "تصاريح", "name_en": "Permits", "name_zh_hans": "许可"}
    return Service.objects.create(code="permits", organisation=OrganisationFactory(), **texts)


@pytest.fixture
def visitor():
    """A browser that would be refused without a token if one were asked for."""
    return Client(enforce_csrf_checks=True, headers={"user-agent": "a browser"})


@pytest.fixture
def limited(settings):
    """Count what comes from one address, as outside of tests."""
    settings.RATELIMIT_ENABLE = True


def answers(count: int, kind="page", key="rules", scale=Scale.USEFUL, value=1) -> None:
    """Let so many sources answer."""
    for number in range(count):
        judging.judge(kind, key, scale=scale, value=value, language="en", source=f"source {number}")


class TestTheQuestion:
    def test_stands_at_the_foot_without_token_or_cookie(self, visitor, page):
        response = visitor.get("/en/about/rules/")
        main = body_of(response)
        assert f'<form class="row" method="post" action="{PAGE}">' in main
        assert "csrf" not in main
        assert not response.cookies

    def test_is_the_same_for_everybody_after_an_answer(self, visitor, page):
        before = visitor.get("/en/about/rules/").content
        visitor.post(PAGE, {"useful": "no"})
        assert visitor.get("/en/about/rules/").content == before == Client().get("/en/about/rules/").content

    def test_leaves_the_page_in_the_cache(self, visitor, page, settings, django_assert_num_queries):
        settings.PAGE_CACHE_SECONDS = 60
        settings.PAGE_CACHE_SETTLING_SECONDS = settings.PAGE_CACHE_LOOK_SECONDS = 0
        visitor.get("/en/about/rules/")
        visitor.post(PAGE, {"useful": "no"})
        with django_assert_num_queries(0):
            assert visitor.get("/en/about/rules/").status_code == 200

    @pytest.mark.parametrize(("count", "shown"), [(9, False), (10, True)])
    def test_tells_what_others_found_from_ten_answers_on(self, visitor, page, count, shown):
        answers(count)
        assert ("10 of 10 readers found this page useful" in body_of(visitor.get("/en/about/rules/"))) is shown

    def test_stands_on_pages_of_every_kind(self, visitor, permits):
        OrganisationFactory(kind="ministry")
        for address, place in (
            (permits.get_absolute_url(), "service/permits"),
            (reverse("calendars:hours"), "hours/hours"),
            (reverse("insight:statistics"), "statistics/all"),
        ):
            language = address.split("/")[1]
            assert f'action="/{language}/feedback/{place}/"' in body_of(visitor.get(address)), address


class TestAnAnswer:
    def test_is_counted_and_leads_to_the_question_why(self, visitor, page):
        response = visitor.post(PAGE, {"useful": "no"}, follow=True)
        assert response.redirect_chain == [(PAGE, 302)]
        main = body_of(response)
        assert "<h1>Thank you: your answer is counted</h1>" in main
        assert "It is hard to understand" in main
        assert "&lt;b&gt;rules" in main
        assert (Judgement.objects.get().value, not visitor.cookies) == (0, True)

    def test_can_be_changed_on_the_same_day(self, visitor, page):
        visitor.post(PAGE, {"useful": "no"})
        main = body_of(visitor.post(PAGE, {"useful": "yes"}, follow=True))
        assert "You answered: yes, it was useful." in main
        assert [(row.value, row.count) for row in Tally.objects.order_by("value")] == [(0, 0), (1, 1)]

    def test_is_kept_by_no_cache(self, visitor, page):
        visitor.post(PAGE, {"useful": "no"})
        assert "no-store" in visitor.get(PAGE)["Cache-Control"]
        other = Client(headers={"user-agent": "another browser"})
        assert "<h1>Was this page useful?</h1>" in body_of(other.get(PAGE))

    @pytest.mark.parametrize("data", [{}, {"useful": "maybe"}, {"useful": "1"}, {"useful": ["no", "x"]}])
    def test_that_is_none_is_refused_with_the_question(self, visitor, page, data):
        response = visitor.post(PAGE, data)
        assert response.status_code == 422
        assert "Please choose one of the answers." in body_of(response)
        assert not Judgement.objects.exists()

    @pytest.mark.parametrize(
        "place", ["page/nothing", "nothing/rules", "article/rules", "page/RULES", "service/rules", f"page/{'x' * 3000}"]
    )
    def test_about_nothing_is_not_found(self, visitor, page, place):
        address = f"/en/feedback/{place}/"
        assert [visitor.get(address).status_code, visitor.post(address, {"useful": "yes"}).status_code] == [404, 404]
        assert visitor.post(f"{address}why/", {"useful": "no", "reason": "unclear"}).status_code == 404
        assert not Subject.objects.exists()

    @pytest.mark.parametrize("headers", [{"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}])
    def test_from_another_site_is_refused(self, visitor, page, permits, headers):
        for address, data in (
            (PAGE, {"useful": "no"}),
            (WHY, {"useful": "no", "reason": "unclear"}),
            (RATE, {"stars": "1"}),
            (COMMENT, {"stars": "1", "text": "Words"}),
        ):
            assert visitor.post(address, data, headers=headers).status_code == 403, address
        assert (Judgement.objects.count(), Remark.objects.count()) == (0, 0)

    def test_by_get_changes_nothing(self, visitor, page, permits):
        for address in (PAGE, RATE):
            assert visitor.get(f"{address}?useful=no&stars=1").status_code == 200
        assert [visitor.get(address).status_code for address in (WHY, COMMENT)] == [405, 405]
        assert (Judgement.objects.count(), Mark.objects.count(), Subject.objects.count()) == (0, 0, 0)

    def test_of_a_person_counts_once_from_every_browser(self, page):
        person = PersonFactory()
        for agent in ("a phone", "a desk"):
            client = Client(headers={"user-agent": agent})
            client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
            client.post(PAGE, {"useful": "yes"})
        assert Judgement.objects.count() == 1


@pytest.mark.usefixtures("limited")
class TestLimits:
    def test_of_one_page_from_one_address(self, page):
        codes = [
            Client(headers={"user-agent": f"browser {number}"}).post(PAGE, {"useful": "no"}).status_code
            for number in range(21)
        ]
        assert (codes[:20], codes[20]) == ([302] * 20, 429)
        assert Judgement.objects.count() == 20

    def test_of_answers_from_one_address(self, visitor):
        for number in range(41):
            PageFactory(key=f"page-{number}")
        codes = [
            visitor.post(f"/en/feedback/page/page-{number}/", {"useful": "no"}).status_code for number in range(41)
        ]
        assert (set(codes[:40]), codes[40]) == ({302}, 429)

    def test_of_remarks_from_one_address_give_back_what_was_typed(self, visitor, page):
        for _time in range(10):
            visitor.post(WHY, {"useful": "no", "text": ""})
        response = visitor.post(WHY, {"useful": "no", "text": "My long words"})
        assert response.status_code == 429
        assert "My long words" in response.content.decode()


class TestWhy:
    def test_goes_to_the_editors_and_is_shown_to_nobody(self, visitor, page):
        response = visitor.post(WHY, {"useful": "no", "reason": "unclear", "text": HOSTILE}, follow=True)
        assert response.redirect_chain == [(PAGE, 302)]
        main = body_of(response)
        assert "The editors have your words." in main
        assert "deleted after 12 months" in main
        assert "alert(1)" not in main
        found = Remark.objects.get()
        assert (found.reason, found.language) == ("unclear", "en")
        assert found.text == '<script>alert(1)</script>evil & "quoted" {{ 7|add:7 }}'
        for address in ("/en/about/rules/", "/en/feedback/", "/en/feedback/data.json"):
            assert "alert(1)" not in visitor.get(address).content.decode()

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            ({"reason": "", "text": ""}, "Choose a reason or write a few words."),
            ({"reason": "", "text": " \u200b\u2060 "}, "Choose a reason or write a few words."),
            ({"reason": "clear", "text": "Words that stay"}, "Select a valid choice"),
            ({"reason": "unclear", "text": "x" * 501}, "at most 500 characters"),
        ],
    )
    def test_that_is_wrong_is_given_back(self, visitor, page, data, said):
        response = visitor.post(WHY, {"useful": "no", **data})
        assert response.status_code == 422
        main = body_of(response)
        assert said in main
        assert data["text"].strip(" \u200b\u2060")[:15] in main
        assert (Remark.objects.count(), Judgement.objects.count()) == (0, 0)

    def test_500_characters_are_taken_and_lone_surrogates_do_no_harm(self, visitor, page):
        assert visitor.post(WHY, {"useful": "no", "text": "x" * 500}).status_code == 302
        raw = b"useful=no&text=%ED%A0%80%FF%FE"
        response = visitor.post(WHY, raw, content_type="application/x-www-form-urlencoded")
        assert response.status_code in (302, 422)

    def test_a_second_one_on_a_day_keeps_the_words_on_the_page(self, visitor, page):
        visitor.post(WHY, {"useful": "no", "reason": "unclear", "text": "First"})
        response = visitor.post(WHY, {"useful": "no", "reason": "unclear", "text": "Second words"})
        assert response.status_code == 422
        main = body_of(response)
        assert "You have told us why today already" in main
        assert "Second words" in main
        assert [remark.text for remark in Remark.objects.all()] == ["First"]

    def test_reasons_of_a_yes_are_others(self, visitor, page):
        visitor.post(WHY, {"useful": "yes", "reason": "spared"})
        assert (Remark.objects.get().value, Remark.objects.get().reason) == (Useful.YES, "spared")


class TestStars:
    def test_are_radios_with_words_and_lead_to_a_confirmation(self, visitor, permits):
        main = body_of(visitor.get("/en/services/permits/"))
        assert main.count('type="radio" name="stars"') == 5
        for word in ("Very poor", "Poor", "Neither good nor poor", "Good", "Very good"):
            assert word in main
        response = visitor.post(RATE, {"stars": "4"}, follow=True)
        assert "<h1>Thank you: your rating is counted</h1>" in body_of(response)
        assert Judgement.objects.get().value == 4
        assert not visitor.cookies

    @pytest.mark.parametrize("stars", ["", "0", "6", "five", "٤٤", "4.5", "9" * 400])
    def test_that_are_none_are_refused(self, visitor, permits, stars):
        response = visitor.post(RATE, {"stars": stars})
        assert response.status_code == 422
        assert "Choose how many stars you give." in body_of(response)
        assert not Judgement.objects.exists()

    def test_words_to_the_editors_come_with_their_stars(self, visitor, permits):
        visitor.post(RATE, {"stars": "2"})
        response = visitor.post(COMMENT, {"stars": "2", "text": HOSTILE}, follow=True)
        assert "The editors have your words." in body_of(response)
        assert (Remark.objects.get().scale, Remark.objects.get().value) == ("stars", 2)
        assert Judgement.objects.count() == 1

    def test_words_that_are_none_are_asked_for_again(self, visitor, permits):
        response = visitor.post(COMMENT, {"stars": "2", "text": " "})
        assert (response.status_code, Remark.objects.count()) == (422, 0)
        assert "Write a few words." in body_of(response)

    @pytest.mark.parametrize(("count", "shown"), [(9, False), (10, True)])
    def test_are_shown_from_ten_on_with_their_distribution(self, visitor, permits, count, shown):
        answers(count, "service", "permits", Scale.STARS, 5)
        main = body_of(visitor.get("/en/services/permits/"))
        assert ("5 out of 5" in main, "10 ratings in the last 52 weeks" in main) == (shown, shown)
        assert ("5 – Very good" in main) is shown

    def test_of_no_service_are_not_found(self, visitor, permits):
        assert visitor.post("/en/services/nothing/rating/", {"stars": "4"}).status_code == 404
        assert visitor.get("/en/services/nothing/").status_code == 404


class TestLists:
    def test_tell_everybody_how_useful_pages_are(self, visitor, page, permits):
        answers(10)
        answers(12, "service", "permits", Scale.STARS, 3)
        main = body_of(visitor.get("/en/feedback/"))
        assert "&lt;b&gt;rules&lt;/b&gt;" in main
        assert "100%" in main
        assert "3 out of 5" in body_of(visitor.get("/en/feedback/services/"))
        assert "3 out of 5" in body_of(visitor.get("/en/services/"))

    @pytest.mark.parametrize("sort", ["useless", "answers", "nothing", "x" * 5000])
    def test_take_any_order(self, visitor, page, permits, sort):
        for address in ("/en/feedback/", "/en/feedback/services/"):
            assert visitor.get(address, {"sort": sort, "page": "x"}).status_code == 200

    def test_are_open_data(self, visitor, page, permits):
        page.title_en = "=HYPERLINK(1)"
        page.save()
        answers(10)
        answers(10, "service", "permits", Scale.STARS, 4)
        response = visitor.get("/en/feedback/data.csv")
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert '/en/feedback/data.json>; rel="describedby"' in response["Link"]
        rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
        assert [(row["scale"], row["title"], row["answers"], row["value"]) for row in rows] == [
            ("useful", "'=HYPERLINK(1)", "10", "100.0"),
            ("stars", "Permits", "10", "4.0"),
        ]
        data = json.loads(visitor.get("/en/feedback/data.json").content)
        assert [row["url"] for row in data["rows"]] == [
            "http://testserver/en/about/rules/",
            "http://testserver/en/services/permits/",
        ]
        assert data["smallest_number_of_answers"] == 10

    @pytest.mark.parametrize("rows", [1, 3])
    def test_cost_the_same_however_long(self, visitor, rows, django_assert_num_queries):
        body = OrganisationFactory()
        for number in range(rows):
            PageFactory(key=f"page-{number}", owner=body)
            Service.objects.create(code=f"service-{number}", name_en=f"Service {number}", organisation=body)
            answers(10, "page", f"page-{number}")
            answers(10, "service", f"service-{number}", Scale.STARS, 4)
        for address, queries in (
            ("/en/feedback/", 3),
            ("/en/feedback/services/", 2),
            ("/en/services/", 4),
            ("/en/services/service-0/", 3),
            ("/en/feedback/data.csv", 5),
        ):
            with django_assert_num_queries(queries):
                assert visitor.get(address).status_code == 200

    @pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
    def test_stand_in_every_language(self, visitor, page, permits, language):
        with override(language):
            for name, args in (
                ("feedback:pages", []),
                ("feedback:services", []),
                ("services:list", []),
                ("services:service", ["permits"]),
                ("services:rate", ["permits"]),
                ("feedback:useful", ["page", "rules"]),
            ):
                assert visitor.get(reverse(name, args=args)).status_code == 200
