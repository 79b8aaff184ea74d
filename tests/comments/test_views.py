"""Posting, editing and voting by way of pages: nothing typed is lost, nothing wrong is stored."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from engagement.comments.models import Comment, CommentVote
from engagement.comments.services import post_comment
from engagement.consultations.selectors import url_of
from portal.accounts.choices import Role
from tests.factories import CommentFactory, ConsultationFactory, PersonFactory, ThreadFactory, days, staff

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def consultation():
    return ConsultationFactory()


@pytest.fixture
def citizen(client):
    person = PersonFactory()
    client.force_login(person)
    return person


def post_url(thread, reply=None):
    return reverse("comments:post", args=[thread.code]) + (f"?reply={reply.code}" if reply else "")


def draft_url(thread):
    return reverse("comments:draft", args=[thread.code])


def test_a_citizen_posts_and_comes_back_to_the_thread(client, citizen, consultation):
    response = client.post(post_url(consultation.thread), {"body": "Shade at every stop"})
    comment = Comment.objects.get()
    assert (comment.author, comment.body, comment.language) == (citizen, "Shade at every stop", "en")
    assert response["Location"] == f"{url_of(consultation)}?sort=newest#c-{comment.code}"
    assert "Shade at every stop" in client.get(response["Location"]).content.decode()


@pytest.mark.parametrize("body", ["", "\u200b", "x" * 2001, "y" * 1_000_000, "a\x00b"])
def test_bad_text_is_given_back_and_nothing_stored(client, citizen, consultation, body):
    response = client.post(post_url(consultation.thread), {"body": body})
    assert response.status_code in (400, 422)
    assert Comment.objects.count() == 0
    if response.status_code == 422 and body:
        assert body[:100] in response.content.decode()


def test_a_visitor_keeps_the_text_through_signing_in(client, consultation):
    person = PersonFactory()
    response = client.post(draft_url(consultation.thread), {"body": "My words before I signed in"})
    assert response.status_code == 302
    target = parse_qs(urlsplit(response["Location"]).query)["next"][0]
    assert target == post_url(consultation.thread)
    assert Comment.objects.count() == 0
    client.force_login(person)
    page = client.get(target)
    assert "My words before I signed in" in page.content.decode()
    client.post(target, {"body": "My words before I signed in"})
    assert Comment.objects.get().author == person
    assert "My words before I signed in" not in client.get(target).content.decode()


def test_a_visitor_is_told_of_an_empty_text_before_signing_in(client, consultation):
    response = client.post(draft_url(consultation.thread), {"body": "  "})
    assert response.status_code == 422
    assert "nothing can be seen in it yet" in response.content.decode()


def test_an_expired_session_keeps_the_text(consultation):
    client = Client(enforce_csrf_checks=True)
    client.force_login(PersonFactory())
    page = client.get(url_of(consultation)).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page).group(1)
    del client.cookies["sessionid"]
    response = client.post(
        post_url(consultation.thread), {"body": "Typed before the session ended", "csrfmiddlewaretoken": token}
    )
    assert response.status_code == 302
    assert "login" in response["Location"]
    client.force_login(PersonFactory())
    assert Comment.objects.count() == 0


def test_a_missing_token_gives_the_text_back(consultation):
    client = Client(enforce_csrf_checks=True)
    client.force_login(PersonFactory())
    response = client.post(post_url(consultation.thread), {"body": "Typed without a token"})
    assert response.status_code == 403
    assert "Typed without a token" in response.content.decode()
    assert Comment.objects.count() == 0


def test_a_closed_thread_gives_the_text_back(client, citizen):
    consultation = ConsultationFactory(opens_at=timezone.now() - days(30), closes_at=timezone.now())
    response = client.post(post_url(consultation.thread), {"body": "A second too late"})
    assert response.status_code == 422
    assert "A second too late" in response.content.decode()
    assert Comment.objects.count() == 0


def test_a_parent_from_another_thread_is_not_found(client, citizen, consultation):
    other = CommentFactory()
    assert client.post(post_url(consultation.thread, reply=other), {"body": "reply"}).status_code == 404
    assert client.get(post_url(consultation.thread) + "?reply=" + "9" * 300).status_code == 404
    assert Comment.objects.filter(body="reply").count() == 0


def test_a_thread_that_hangs_on_nothing_or_is_not_public_is_not_found(client, citizen):
    assert client.get(post_url(ThreadFactory())).status_code == 404
    draft = ConsultationFactory(status="draft")
    assert client.post(post_url(draft.thread), {"body": "early"}).status_code == 404


def test_get_changes_nothing(client, citizen, consultation):
    comment = CommentFactory(thread=consultation.thread)
    for name in ("vote", "edit", "reply", "comment"):
        client.get(reverse(f"comments:{name}", args=[comment.code]), {"direction": "up"})
    assert client.get(draft_url(consultation.thread)).status_code == 405
    comment.refresh_from_db()
    assert (comment.up, CommentVote.objects.count(), Comment.objects.count()) == (0, 0, 1)


def test_official_replies_are_offered_to_the_body_alone(client, consultation):
    top = post_comment(consultation.thread, author=PersonFactory(), body="question", language="en")
    client.force_login(staff(Role.AGENT, consultation.organisation))
    address = post_url(consultation.thread, reply=top)
    assert 'name="official"' in client.get(address).content.decode()
    client.post(address, {"body": "the answer", "official": "on"})
    assert Comment.objects.get(body="the answer").official_for == consultation.organisation
    client.force_login(PersonFactory())
    assert 'name="official"' not in client.get(address).content.decode()
    client.post(address, {"body": "a false answer", "official": "on"})
    assert Comment.objects.get(body="a false answer").official_for is None


def test_voting_goes_back_to_the_page_it_came_from(client, citizen, consultation):
    comment = CommentFactory(thread=consultation.thread)
    address = reverse("comments:vote", args=[comment.code])
    page = f"http://testserver{url_of(consultation)}?sort=newest"
    response = client.post(address, {"direction": "up"}, headers={"referer": page})
    assert response["Location"] == f"{page}#c-{comment.code}"
    away = client.post(address, {"direction": "none"}, headers={"referer": "https://evil.example/"})
    assert away["Location"] == f"{url_of(consultation)}#c-{comment.code}"
    comment.refresh_from_db()
    assert comment.up == 0


@pytest.mark.parametrize("direction", ["", "sideways", "1", "up\x00"])
def test_a_strange_vote_is_no_vote(client, citizen, consultation, direction):
    comment = CommentFactory(thread=consultation.thread)
    response = client.post(reverse("comments:vote", args=[comment.code]), {"direction": direction})
    assert response.status_code in (302, 400)
    assert CommentVote.objects.count() == 0


def test_a_visitor_who_votes_signs_in_and_is_asked_once_more(client, consultation):
    comment = CommentFactory(thread=consultation.thread)
    response = client.get(reverse("comments:vote", args=[comment.code]), {"direction": "down"})
    target = parse_qs(urlsplit(response["Location"]).query)["next"][0]
    client.force_login(PersonFactory())
    assert 'name="direction" value="down"' in client.get(target).content.decode()
    assert CommentVote.objects.count() == 0


def test_editing_is_for_the_author(client, citizen, consultation):
    mine = CommentFactory(thread=consultation.thread, author=citizen)
    others = CommentFactory(thread=consultation.thread)
    client.post(reverse("comments:edit", args=[mine.code]), {"body": "better", "language": "ar"})
    mine.refresh_from_db()
    assert (mine.body, mine.language) == ("better", "ar")
    assert (
        client.post(reverse("comments:edit", args=[others.code]), {"body": "worse", "language": "ar"}).status_code
        == 404
    )


def test_a_hidden_comment_shows_its_ground_and_not_its_text(client, consultation):
    from engagement.comments.services import hide_comment
    from tests.factories import GroundFactory

    comment = post_comment(consultation.thread, author=PersonFactory(), body="cheap watches", language="en")
    reply = post_comment(
        consultation.thread, author=PersonFactory(), body="please stop", language="en", reply_to=comment
    )
    hide_comment(comment, ground=GroundFactory(number=6), by=PersonFactory())
    for path in (url_of(consultation), reverse("comments:comment", args=[reply.code])):
        page = client.get(path).content.decode()
        assert "cheap watches" not in page
        assert "Ground 6" in page
        assert "please stop" in page


def test_more_comments_come_by_link_and_as_a_fragment(client, consultation, settings):
    settings.COMMENTS_PER_PAGE = 2
    for n in range(3):
        post_comment(consultation.thread, author=PersonFactory(), body=f"comment number {n}", language="en")
    page = client.get(url_of(consultation)).content.decode()
    link = re.search(r'href="(\?[^"]*after=[^"]+)"', page).group(1).replace("&amp;", "&")
    rest = client.get(url_of(consultation) + link).content.decode()
    fragment = client.get(url_of(consultation) + link, headers={"hx-request": "true"}).content.decode()
    assert rest.count("<article") == fragment.count("<article") == 1
    assert "<html" not in fragment


def test_a_direction_override_in_a_name_disturbs_nothing(client, consultation):
    author = PersonFactory(display_name="\u202eevil")
    post_comment(consultation.thread, author=author, body="text", language="en")
    page = client.get(url_of(consultation)).content.decode()
    assert re.search(r"<bdi>[^<]*evil</bdi>", page)


def test_what_happened_is_said_beside_the_comment(client, citizen, consultation):
    response = client.post(post_url(consultation.thread), {"body": "Shade at every stop"})
    page = client.get(response["Location"]).content.decode()
    code = Comment.objects.get().code
    assert page.count('role="status"><svg') == 1
    assert page.index(f'id="c-{code}"') < page.index("Your comment is published.")
    assert "Your comment is published." not in client.get(response["Location"]).content.decode()


def test_a_vote_on_a_comment_that_the_page_does_not_show_is_said_on_top(client, citizen, consultation):
    comment = CommentFactory(thread=consultation.thread)
    home = f"http://testserver{reverse('web:home')}"
    response = client.post(
        reverse("comments:vote", args=[comment.code]), {"direction": "up"}, headers={"referer": home}
    )
    page = client.get(response["Location"]).content.decode()
    assert page.index('id="toasts"') < page.index("Your vote is counted.") < page.index("<h1")
