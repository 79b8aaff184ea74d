"""Pages of visitors from the cache: who gets them, when they are old, and what is never in them."""

from datetime import timedelta

import pytest
from django.contrib import messages
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import override

from engagement.comments import services as comments
from engagement.consultations import services as consultations
from engagement.consultations.selectors import next_turn
from engagement.polls.services import cast_vote
from portal.accounts import services as accounts
from portal.accounts.choices import Role
from portal.audit.services import record
from portal.cache import GENERATION_KEY, ForgivingCache, bump, generation
from portal.pages.services import save_page, save_topic
from portal.urls import urlpatterns as portal_urls
from portal.web import pagecache
from tests.factories import (
    CommentFactory,
    ConsultationFactory,
    GroundFactory,
    OrganisationFactory,
    PageFactory,
    PersonFactory,
    PollFactory,
    SectionFactory,
    TopicFactory,
    days,
    staff,
)

pytestmark = pytest.mark.django_db
HX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def cached(settings):
    """The cache as it is in production, without a second of waiting after each change."""
    settings.PAGE_CACHE_SECONDS = 60
    settings.PAGE_CACHE_SETTLING_SECONDS = 0
    settings.PAGE_CACHE_LOOK_SECONDS = 0


@pytest.fixture
def consultation():
    return ConsultationFactory(title_en="Night buses", title_ar="الحافلات الليلية", poll=PollFactory())


def url(consultation, language="en") -> str:
    with override(language):
        return reverse("consultations:detail", args=[consultation.code, consultation.slug])


def get(address, client=None, **headers):
    """Ask as a visitor who was never here before, or as this client."""
    return (client or Client()).get(address, **headers)


def is_hit(response, django_assert_num_queries, address, **headers) -> bool:
    with django_assert_num_queries(0):
        return get(address, **headers).content == response.content


# What is given to others


def test_the_second_visitor_gets_the_first_ones_page_without_a_query(consultation, django_assert_num_queries):
    first = get(url(consultation))
    with django_assert_num_queries(0):
        second = get(url(consultation))
    assert (first.status_code, second.status_code, second.content) == (200, 200, first.content)
    assert b"Night buses" in second.content


def test_a_page_from_the_cache_has_every_header_of_a_fresh_one(consultation):
    fresh, kept = get(url(consultation)), get(url(consultation))
    own = {"X-Request-ID"}
    assert {k: v for k, v in fresh.items() if k not in own} == {k: v for k, v in kept.items() if k not in own}
    assert fresh["X-Request-ID"] != kept["X-Request-ID"]
    assert kept["Cache-Control"] == "no-cache"
    assert "default-src 'self'" in kept["Content-Security-Policy"]
    assert (kept["X-Frame-Options"], kept["Content-Language"]) == ("DENY", "en")
    assert {"Cookie", "HX-Request"} <= {name.strip() for name in kept["Vary"].split(",")}


def test_each_language_has_its_own_page(consultation):
    get(url(consultation, "en"))
    arabic = get(url(consultation, "ar"))
    assert "الحافلات الليلية".encode() in arabic.content
    assert arabic["Content-Language"] == "ar"
    assert b"Night buses" not in get(url(consultation, "ar")).content


def test_the_language_a_browser_asks_for_changes_nothing_below_an_address(consultation, django_assert_num_queries):
    english = get(url(consultation), HTTP_ACCEPT_LANGUAGE="en")
    assert is_hit(english, django_assert_num_queries, url(consultation), HTTP_ACCEPT_LANGUAGE="zh-hans,ar;q=0.5")


def test_the_root_sends_each_visitor_to_their_own_language():
    assert get("/", HTTP_ACCEPT_LANGUAGE="en")["Location"] == "/en/"
    response = get("/", HTTP_ACCEPT_LANGUAGE="zh-hans")
    assert response["Location"] == "/zh-hans/"
    assert {"Accept-Language", "Cookie"} <= {name.strip() for name in response["Vary"].split(",")}


def test_parts_for_htmx_and_whole_pages_are_kept_apart(consultation):
    page, part = get(url(consultation)), get(url(consultation), **HX)
    assert (b"<!doctype html>" in page.content, b"<!doctype html>" in part.content) == (True, False)
    assert get(url(consultation)).content == page.content
    assert get(url(consultation), **HX).content == part.content


@pytest.mark.parametrize("headers", [{"HTTP_HOST": "localhost"}, {"wsgi.url_scheme": "https"}])
def test_hosts_and_schemes_are_kept_apart(consultation, headers):
    get(url(consultation))
    get(url(consultation), **headers)
    assert len(stored()) == 2


def test_a_foreign_host_is_refused_and_not_served_from_the_cache(consultation):
    get(url(consultation))
    assert get(url(consultation), HTTP_HOST="evil.example").status_code == 400


# The query


def test_the_order_of_parameters_does_not_matter(django_assert_num_queries):
    first = get("/en/consultations/?state=open&topic=parks")
    assert is_hit(first, django_assert_num_queries, "/en/consultations/?topic=parks&state=open")


def test_parameters_choose_pages():
    ConsultationFactory(title_en="Open one")
    ConsultationFactory(title_en="Coming one", opens_at=timezone.now() + days(2), closes_at=timezone.now() + days(30))
    for _ in range(2):
        assert b"Coming one" not in get("/en/consultations/?state=open").content
        assert b"Open one" not in get("/en/consultations/?state=upcoming").content


def test_trackers_are_taken_off_before_the_page_is_made(django_assert_num_queries):
    first = get("/en/consultations/?utm_source=letter&fbclid=abc&state=open")
    assert b"utm_source" not in first.content and b"fbclid" not in first.content
    assert is_hit(first, django_assert_num_queries, "/en/consultations/?state=open")


@pytest.mark.parametrize(
    "query",
    ["q=buses", "unknown=1", "state=open&unknown=1", "state=open&state=closed", f"topic={'x' * 300}", "=1"],
)
def test_a_query_that_is_not_known_is_neither_kept_nor_served(query):
    get("/en/consultations/?state=open")
    before = set(stored())
    assert get(f"/en/consultations/?{query}").status_code == 200
    assert set(stored()) == before


def test_what_a_visitor_adds_is_in_nobody_elses_page():
    get("/en/consultations/?evil=1&state=open")
    assert b"evil" not in get("/en/consultations/?state=open").content


def stored() -> list[bytes]:
    """Return the keys of the pages that are kept."""
    client = cache._cache.get_client()
    return [key for key in client.keys(f"{cache.key_prefix}:*page.*") if not key.endswith(b".making")]


# People


def test_somebody_signed_in_never_gets_a_kept_page_and_theirs_is_never_kept(consultation):
    get(url(consultation))
    before = set(stored())
    person, client = PersonFactory(display_name="Sara Only"), Client()
    client.force_login(person)
    own = get(url(consultation), client)
    assert b"csrfmiddlewaretoken" in own.content
    assert own["Cache-Control"] == "private, no-store"
    assert "ETag" not in own
    assert set(stored()) == before
    assert b"csrfmiddlewaretoken" not in get(url(consultation)).content


def test_a_page_somebody_signed_in_asked_for_first_is_not_given_to_visitors(consultation):
    client = Client()
    client.force_login(PersonFactory())
    get(url(consultation), client)
    assert stored() == []
    visitor = get(url(consultation))
    assert b"csrfmiddlewaretoken" not in visitor.content and b"X-CSRFToken" not in visitor.content


@pytest.mark.parametrize("headers", [{"HTTP_AUTHORIZATION": "Bearer x"}, {"HTTP_COOKIE": "sessionid=gone"}])
def test_whoever_may_be_known_is_not_served_from_the_cache(consultation, headers):
    get(url(consultation))
    response = get(url(consultation), **headers)
    assert response["Cache-Control"] == "private, no-cache"


def test_no_kept_page_holds_a_token_or_sets_a_cookie(consultation):
    SectionFactory(consultation=consultation, number=1)
    CommentFactory(thread=consultation.thread)
    PageFactory(key="privacy")
    addresses = [url(consultation), "/en/", "/ar/consultations/", "/zh-hans/about/", "/en/about/privacy/"]
    addresses.append(url(consultation) + "sections/1/")
    kept = 0
    for address in addresses:
        response = get(address)
        if response.status_code == 200:
            assert not response.cookies
            assert b"csrfmiddlewaretoken" not in response.content and b"X-CSRFToken" not in response.content
            kept += 1
    assert kept >= 5
    assert len(stored()) == kept


def test_pages_with_a_form_of_their_own_are_not_kept():
    response = get(reverse("account_login"))
    assert (response.status_code, b"csrfmiddlewaretoken" in response.content) == (200, True)
    assert stored() == []


def test_what_was_said_to_one_visitor_is_not_said_to_another():
    """A visitor with a message (a toast) has a session, and the page that shows it is not kept."""
    client, thread = Client(), ConsultationFactory(slug="toast").thread
    client.post(
        reverse("comments:draft", args=[thread.code]), {"body": "Words that wait"}, HTTP_ORIGIN="http://testserver"
    )
    before = set(stored())
    shown = get("/en/", client)
    assert shown.status_code == 200
    assert set(stored()) == before
    assert b"is kept" not in get("/en/").content


# What is not kept


def test_what_is_not_found_is_not_kept():
    for _ in range(2):
        assert get("/en/consultations/nothing/here/").status_code == 404
    assert stored() == []


def test_a_head_request_is_answered_from_the_page_and_keeps_none(consultation, django_assert_num_queries):
    assert Client().head(url(consultation)).status_code == 200
    assert stored() == []
    page = get(url(consultation))
    with django_assert_num_queries(0):
        head = Client().head(url(consultation))
    assert (head.content, head["ETag"], head["Content-Length"]) == (b"", page["ETag"], str(len(page.content)))


def test_a_post_is_never_answered_from_the_cache():
    get("/en/consultations/")
    assert Client().post("/en/consultations/").status_code == 405


def _views():
    def of(**changes):
        def view(request):
            if changes.get("message"):
                messages.info(request, "for one")
            response = HttpResponse(changes.get("content", "text"), content_type=changes.get("type", "text/html"))
            for name, value in changes.get("headers", {}).items():
                response[name] = value
            if changes.get("cookie"):
                response.set_cookie("own", "1")
            if changes.get("csp"):
                response._csp_update = {"img-src": "*"}
            return response

        return view

    return {
        "plain": of(),
        "cookie": of(cookie=True),
        "message": of(message=True),
        "rules": of(headers={"Cache-Control": "max-age=5"}),
        "json": of(type="application/json"),
        "policy": of(csp=True),
        "token": of(content='<input name="csrfmiddlewaretoken" value="x">'),
        "large": of(content="x" * (pagecache.LARGEST_PAGE + 1)),
    }


urlpatterns = [*(path(f"en/try/{name}/", view) for name, view in _views().items()), *portal_urls]


@pytest.mark.parametrize("name", sorted(_views()))
def test_only_a_plain_page_is_kept(name, settings):
    settings.ROOT_URLCONF = __name__
    response = get(f"/en/try/{name}/")
    assert response.status_code == 200
    assert (len(stored()), response.has_header("ETag")) == ((1, True) if name == "plain" else (0, False))


# Browsers


def test_a_browser_that_has_the_page_is_told_so(consultation):
    for _ in range(2):
        page = get(url(consultation))
        again = get(url(consultation), HTTP_IF_NONE_MATCH=page["ETag"])
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", page["ETag"])
        assert again["Cache-Control"] == "no-cache"
        assert get(url(consultation), HTTP_IF_NONE_MATCH=f"W/{page['ETag']}").status_code == 304
        assert get(url(consultation), HTTP_IF_NONE_MATCH='"other"').status_code == 200


def test_a_changed_page_has_another_etag(consultation, django_capture_on_commit_callbacks):
    before = get(url(consultation))["ETag"]
    with django_capture_on_commit_callbacks(execute=True):
        comments.post_comment(consultation.thread, author=PersonFactory(), body="New words", language="en")
    response = get(url(consultation), HTTP_IF_NONE_MATCH=before)
    assert (response.status_code, b"New words" in response.content) == (200, True)


# When pages grow old


@pytest.fixture
def acts(consultation):
    """Every act that changes what visitors see, by name."""
    body = consultation.organisation
    editor, administrator, person = staff(Role.EDITOR, body), staff(Role.ADMINISTRATOR, body), PersonFactory()
    comment = CommentFactory(thread=consultation.thread, author=person)
    hidden = CommentFactory(thread=consultation.thread, state="hidden")
    CommentFactory(thread=consultation.thread, up=3)
    page, ground = PageFactory(), GroundFactory()
    draft = ConsultationFactory(organisation=body, status="draft", body_ar="ن", body_en="t", body_zh_hans="正")
    text = {"ar": "هل؟", "en": "Do you?", "zh-hans": "吗？"}
    return {
        "comment posted": lambda: comments.post_comment(
            consultation.thread, author=person, body="Some words", language="en"
        ),
        "comment edited": lambda: comments.edit_comment(comment, by=person, body="Better words", language="en"),
        "comment hidden": lambda: comments.hide_comment(comment, ground=ground, by=editor),
        "comment restored": lambda: comments.restore_comment(hidden, by=editor),
        "comment voted on": lambda: comments.vote_on_comment(comment, by=PersonFactory(), value=1),
        "counter mended": lambda: comments.recount(),
        "poll voted in": lambda: cast_vote(consultation.poll, by=person, option_code="support", language="en"),
        "consultation saved": lambda: consultations.save_consultation(consultation, by=editor),
        "consultation published": lambda: consultations.publish(draft, by=editor),
        "question asked": lambda: consultations.ask_question(draft, question=text, results="always", by=editor),
        "section saved": lambda: consultations.save_section(SectionFactory(consultation=consultation), by=editor),
        "page saved": lambda: save_page(page, by=editor),
        "topic saved": lambda: save_topic(TopicFactory(), by=editor),
        "organisation saved": lambda: accounts.save_organisation(body, by=administrator),
        "name changed": lambda: accounts.update_profile(person, display_name="Another name"),
        "person erased": lambda: accounts.erase_person(person, by=person),
    }


ACTS = [
    *("comment posted", "comment edited", "comment hidden", "comment restored", "comment voted on", "counter mended"),
    *("poll voted in", "consultation saved", "consultation published", "question asked", "section saved"),
    *("page saved", "topic saved", "organisation saved", "name changed", "person erased"),
]


@pytest.mark.parametrize("name", ACTS)
def test_every_public_act_makes_pages_old(name, acts, django_capture_on_commit_callbacks):
    before = generation()
    with django_capture_on_commit_callbacks(execute=True):
        acts[name]()
    assert generation() != before


def test_every_act_is_tried(acts):
    assert sorted(acts) == sorted(ACTS)


def test_pages_grow_old_after_the_commit_and_not_before(consultation, django_capture_on_commit_callbacks):
    address, author = url(consultation), PersonFactory()
    get(address)
    with django_capture_on_commit_callbacks(execute=True):
        before = generation()
        comments.post_comment(consultation.thread, author=author, body="New words", language="en")
        assert generation() == before
        assert b"New words" not in get(address).content
    assert generation() != before
    assert b"New words" in get(address).content


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_makes_nothing_old():
    organisation, before = OrganisationFactory(), generation()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record("organisation.changed", organisation, by=None)
        raise ZeroDivisionError
    assert generation() == before
    with transaction.atomic():
        record("organisation.changed", organisation, by=None)
        assert generation() == before
    assert generation() != before


def test_a_page_made_while_something_changed_is_not_taken_for_new(consultation, monkeypatch):
    """Another person's change is committed after this page read the database and before it is kept."""
    address = url(consultation)
    keep = pagecache.PageCacheMiddleware._keep

    def changes_first(self, *args):
        cache.set(GENERATION_KEY, "1.0 other", None)
        keep(self, *args)

    monkeypatch.setattr(pagecache.PageCacheMiddleware, "_keep", changes_first)
    get(address)
    monkeypatch.undo()
    CommentFactory(thread=consultation.thread, body="Written meanwhile")
    assert b"Written meanwhile" in get(address).content


def test_a_lost_generation_begins_anew_and_keeps_nothing_old(consultation):
    get(url(consultation))
    CommentFactory(thread=consultation.thread, body="Written meanwhile")
    cache.delete(GENERATION_KEY)
    assert b"Written meanwhile" in get(url(consultation)).content


def test_in_busy_times_a_page_lives_a_second_whatever_changes(consultation, settings, monkeypatch):
    settings.PAGE_CACHE_SETTLING_SECONDS = 1
    address, now = url(consultation), timezone.now()
    cache.set(GENERATION_KEY, f"{now.timestamp() - 0.5} a", None)
    monkeypatch.setattr(timezone, "now", lambda: now)
    get(address)
    CommentFactory(thread=consultation.thread, body="Written meanwhile", created_at=now)
    cache.set(GENERATION_KEY, f"{now.timestamp()} b", None)
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=0.9))
    assert b"Written meanwhile" not in get(address).content
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=1.1))
    assert b"Written meanwhile" in get(address).content


def test_in_quiet_times_a_change_is_seen_at_once(consultation, settings):
    settings.PAGE_CACHE_SETTLING_SECONDS = 1
    cache.set(GENERATION_KEY, "1.0 long ago", None)
    get(url(consultation))
    CommentFactory(thread=consultation.thread, body="Written now")
    cache.set(GENERATION_KEY, "2.0 later", None)
    assert b"Written now" in get(url(consultation)).content


def test_a_page_lives_a_minute_at_most(consultation, monkeypatch):
    now = timezone.now()
    get(url(consultation))
    CommentFactory(thread=consultation.thread, body="Written apart")
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=58))
    assert b"Written apart" not in get(url(consultation)).content
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=61))
    assert b"Written apart" in get(url(consultation)).content


def test_no_page_outlives_the_close_of_a_consultation(monkeypatch):
    now = timezone.now()
    closing = ConsultationFactory(closes_at=now + timedelta(seconds=10))
    open_page = get(url(closing))
    listed = get("/en/consultations/")
    assert (b'name="body"' in open_page.content, b"Open" in listed.content) == (True, True)
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=9))
    assert b'name="body"' in get(url(closing)).content
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=10))
    assert b'name="body"' not in get(url(closing)).content
    assert get("/en/consultations/").content != listed.content


def test_the_next_turn_is_the_nearest_of_openings_closings_and_due_responses():
    now = timezone.now()
    assert next_turn(now) is None
    ConsultationFactory(status="draft", closes_at=now + days(1))
    ConsultationFactory(opens_at=now - days(9), closes_at=now + days(9))
    assert next_turn(now) == now + days(9)
    assert next_turn(now + days(9)) == now + days(93)
    ConsultationFactory(opens_at=now + days(2), closes_at=now + days(30))
    assert next_turn(now) == now + days(2)
    assert pagecache.next_turn(now) == now + days(2)


def test_while_one_makes_a_page_others_wait_for_it(consultation, monkeypatch, django_assert_num_queries):
    page = get(url(consultation))
    key = pagecache._key(RequestFactory().get(url(consultation)))
    kept = cache.get(key)
    cache.delete(key)
    cache.set(f"{key}.making", 1, 5)
    monkeypatch.setattr(pagecache.time, "sleep", lambda seconds: cache.set(key, kept, 60))
    with django_assert_num_queries(0):
        assert get(url(consultation)).content == page.content


@pytest.mark.parametrize("ends", ["gives up", "takes too long"])
def test_nobody_waits_for_a_page_that_does_not_come(consultation, monkeypatch, ends):
    key = pagecache._key(RequestFactory().get(url(consultation)))
    cache.set(f"{key}.making", 1, 5)
    monkeypatch.setattr(pagecache, "WAITING_SECONDS", 0.05)
    if ends == "gives up":
        monkeypatch.setattr(pagecache.time, "sleep", lambda seconds: cache.delete(f"{key}.making"))
    assert get(url(consultation)).status_code == 200


def test_a_page_that_fails_lets_the_next_one_try(consultation, monkeypatch):
    key = pagecache._key(RequestFactory().get(url(consultation)))
    with monkeypatch.context() as patch:
        patch.setattr(pagecache.PageCacheMiddleware, "_make", lambda *args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            get(url(consultation))
    assert not cache.has_key(f"{key}.making")
    assert get(url(consultation)).status_code == 200


def test_a_page_at_hand_is_given_for_a_quarter_of_a_second_without_a_question(consultation, settings, monkeypatch):
    settings.PAGE_CACHE_LOOK_SECONDS = 0.25
    client, address, now = Client(), url(consultation), timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    get(address, client)
    first = get(address, client)
    CommentFactory(thread=consultation.thread, body="Written meanwhile", created_at=now)
    cache.set(GENERATION_KEY, "2.0 later", None)
    asked = []
    real = ForgivingCache.get_many
    monkeypatch.setattr(ForgivingCache, "get_many", lambda self, *args: asked.append(1) or real(self, *args))
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=0.2))
    assert (get(address, client).content, asked) == (first.content, [])
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=0.3))
    assert b"Written meanwhile" in get(address, client).content


def test_one_process_sees_what_another_made(consultation, django_assert_num_queries):
    one, other, address = Client(), Client(), url(consultation)
    get(address, one), get(address, one), get(address, other)
    cache.set(GENERATION_KEY, "2.0 later", None)
    CommentFactory(thread=consultation.thread, body="Written meanwhile")
    page = get(address, one)
    with django_assert_num_queries(0):
        assert get(address, other).content == page.content
    assert b"Written meanwhile" in page.content


def test_a_hidden_comment_is_gone_from_all_processes_after_a_look(
    consultation, settings, monkeypatch, django_capture_on_commit_callbacks
):
    settings.PAGE_CACHE_LOOK_SECONDS = 0.25
    comment = CommentFactory(thread=consultation.thread, body="What must not stand")
    one, other, address, now = Client(), Client(), url(consultation), timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now)
    for client in (one, other) * 2:
        assert b"What must not stand" in get(address, client).content
    with django_capture_on_commit_callbacks(execute=True):
        comments.hide_comment(comment, ground=GroundFactory(), by=PersonFactory())
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=0.3))
    for client in (one, other):
        page = get(address, client).content
        assert b"What must not stand" not in page
        assert b"This comment was hidden" in page


def test_a_process_holds_so_many_pages_of_such_a_size_and_no_more(monkeypatch):
    monkeypatch.setattr(pagecache, "MOST_AT_HAND", 2)
    monkeypatch.setattr(pagecache, "LARGEST_AT_HAND", 4)
    middleware = pagecache.PageCacheMiddleware(lambda request: HttpResponse(request.GET["page"]))
    held = []
    for text in ("one", "two", "six", "seven"):
        for _ in range(2):
            middleware(RequestFactory().get("/en/", {"page": text}))
        held.append(sorted(kept.content for kept in middleware._at_hand.values()))
    assert held == [[b"one"], [b"one", b"two"], [b"six"], [b"six"]]


# Without a cache


@pytest.fixture
def away(settings):
    """A cache whose server does not answer."""
    ForgivingCache._away_until.clear()
    options = settings.CACHES["default"]
    settings.CACHES = settings.CACHES | {"default": options | {"LOCATION": "unix:///nowhere/valkey.sock"}}
    yield
    ForgivingCache._away_until.clear()


def test_without_a_cache_every_page_is_made(away, consultation, django_capture_on_commit_callbacks):
    for address in (url(consultation), "/en/", "/en/consultations/"):
        response = get(address)
        assert (response.status_code, response["Cache-Control"]) == (200, "no-cache")
        assert get(address, HTTP_IF_NONE_MATCH=response["ETag"]).status_code == 304
    with django_capture_on_commit_callbacks(execute=True):
        comments.post_comment(consultation.thread, author=PersonFactory(), body="New words", language="en")
    assert b"New words" in get(url(consultation)).content


def test_without_a_cache_limits_let_people_through_and_readiness_says_so(away, consultation, settings):
    settings.RATELIMIT_ENABLE = True
    client = Client()
    client.force_login(PersonFactory())
    response = client.post(reverse("comments:post", args=[consultation.thread.code]), {"body": "Words without a cache"})
    assert response.status_code == 302
    checks = get("/readyz").json()["checks"]
    assert (checks["cache"]["ok"], checks["database"]["ok"]) == (False, True)


def test_a_server_that_is_away_is_asked_again_after_a_second(away, monkeypatch):
    asked = []
    monkeypatch.setattr(ForgivingCache, "PAUSE", 60)
    real = ForgivingCache._cache
    monkeypatch.setattr(ForgivingCache, "_cache", property(lambda self: asked.append(1) or real.__get__(self)))
    assert [cache.get("a", "none"), cache.get("b", "none"), cache.incr("c"), cache.add("d", 1)] == [
        "none",
        "none",
        1,
        True,
    ]
    assert len(asked) == 1
    ForgivingCache._away_until.clear()
    cache.get("a")
    assert len(asked) == 2


def test_the_bump_never_breaks_the_act_it_follows(away, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        bump()
    assert generation() == ""


def test_the_cache_can_be_switched_off(settings, consultation):
    settings.PAGE_CACHE_SECONDS = 0
    response = get(url(consultation))
    assert (response.has_header("ETag"), stored()) == (False, [])


def test_the_plain_query():
    assert pagecache._plain_query("topic=a&state=b&utm_medium=c") == "state=b&topic=a"
    assert pagecache._plain_query("state=%D8%B3&sort=best") == "sort=best&state=%D8%B3"
    assert [pagecache._plain_query(query) for query in ("q=1", "state=1&state=2", "x" * 900)] == [None, None, None]
    assert pagecache._key(RequestFactory().get("/en/" + "x" * 400)) is None
