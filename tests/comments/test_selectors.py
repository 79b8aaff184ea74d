"""A page of a thread: order, paging, and the same number of queries for few and for many."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory, override_settings
from django.utils.translation import override

from engagement.comments.choices import CommentState
from engagement.comments.models import Comment, Thread
from engagement.comments.selectors import author_figures, one_comment, personal_export, thread_page
from engagement.comments.services import post_comment, vote_on_comment
from tests.factories import CommentFactory, GroundFactory, OrganisationFactory, PersonFactory, ThreadFactory

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()


def codes(page):
    return [item.comment.code for item in page.comments]


def test_each_order_is_true():
    thread = ThreadFactory()
    old = CommentFactory(thread=thread, score=0.2, reply_count=5)
    liked = CommentFactory(thread=thread, score=0.9)
    new = CommentFactory(thread=thread, score=0.2)
    assert codes(thread_page(thread, reader=NOBODY, sort="best")) == [liked.code, new.code, old.code]
    assert codes(thread_page(thread, reader=NOBODY, sort="newest")) == [new.code, liked.code, old.code]
    assert codes(thread_page(thread, reader=NOBODY, sort="discussed")) == [old.code, new.code, liked.code]
    assert codes(thread_page(thread, reader=NOBODY, sort="nonsense")) == [liked.code, new.code, old.code]


@override_settings(COMMENTS_PER_PAGE=2)
@pytest.mark.parametrize("sort", ["best", "newest", "discussed"])
def test_paging_shows_each_comment_once_though_new_ones_arrive(sort):
    thread = ThreadFactory()
    before = {CommentFactory(thread=thread, score=n % 3, reply_count=n % 2).code for n in range(7)}
    seen, after = [], ""
    while True:
        page = thread_page(thread, reader=NOBODY, sort=sort, after=after)
        seen += codes(page)
        CommentFactory(thread=thread)
        after = page.after
        if not after:
            break
    assert len(seen) == len(set(seen))
    assert before <= set(seen)


def test_hidden_ones_keep_their_place_and_held_ones_have_none():
    thread = ThreadFactory()
    hidden = CommentFactory(thread=thread, state=CommentState.HIDDEN, hidden_ground=GroundFactory())
    CommentFactory(thread=thread, state=CommentState.HELD)
    CommentFactory()
    assert codes(thread_page(thread, reader=NOBODY)) == [hidden.code]


def test_five_replies_are_shown_official_ones_first():
    thread = ThreadFactory()
    top = CommentFactory(thread=thread, reply_count=7)
    plain = [CommentFactory(thread=thread, parent=top) for _ in range(6)]
    official = CommentFactory(thread=thread, parent=top, official_for=thread.organisation)
    item = thread_page(thread, reader=NOBODY).comments[0]
    assert [reply.comment.pk for reply in item.replies] == [official.pk, *(reply.pk for reply in plain[:4])]
    assert item.more_replies == 2
    assert len(one_comment(top, reader=NOBODY).replies) == 7


@pytest.mark.parametrize("count", [1, 3])
def test_queries_do_not_grow_with_comments(count, django_assert_num_queries):
    thread, reader = ThreadFactory(), PersonFactory()
    for _ in range(count):
        top = post_comment(thread, author=PersonFactory(), body="text", language="en")
        post_comment(thread, author=PersonFactory(), body="reply", language="en", reply_to=top)
        vote_on_comment(top, by=reader, value=1)
    with django_assert_num_queries(2):
        thread_page(thread, reader=NOBODY)
    with django_assert_num_queries(3):
        page = thread_page(thread, reader=reader)
    assert [item.mine for item in page.comments] == ["up"] * count


def test_a_reader_may_vote_on_others_and_edit_their_own():
    thread, reader = ThreadFactory(), PersonFactory()
    CommentFactory(thread=thread, author=reader)
    CommentFactory(thread=thread)
    others, own = thread_page(thread, reader=reader, sort="newest").comments
    assert (others.may_vote, others.may_edit, own.may_vote, own.may_edit) == (True, False, False, True)


def test_export_holds_ones_own_alone():
    thread, person = ThreadFactory(), PersonFactory()
    mine = post_comment(thread, author=person, body="mine", language="en")
    other = post_comment(thread, author=PersonFactory(), body="secret of another", language="en")
    vote_on_comment(other, by=person, value=-1)
    exported = personal_export(person)
    assert [comment["code"] for comment in exported["comments"]] == [mine.code]
    assert exported["votes"] == [{"comment": other.code, "value": -1}]
    assert "secret" not in str(exported)


def test_author_figures_count_shown_and_hidden():
    person = PersonFactory()
    CommentFactory(author=person)
    CommentFactory(author=person, state=CommentState.HIDDEN, hidden_ground=GroundFactory())
    CommentFactory()
    figures = author_figures(person)
    assert (figures["written"], figures["hidden"], figures["since"]) == (2, 1, person.date_joined)


def drawn(thread, reader, language="en") -> str:
    """Return the list of comments as a reader gets it."""
    request = RequestFactory().get("/en/")
    request.user = reader
    page = thread_page(thread, reader=reader)
    with override(language):
        return render_to_string("comments/_items.html", {"page": page, "request": request})


def test_a_visitor_sees_every_change_of_a_comment_that_was_drawn_before():
    body, ground = OrganisationFactory(name_en="Bus agency"), GroundFactory()
    comment = CommentFactory(body="First words")
    reply = CommentFactory(thread=comment.thread, parent=comment, body="An answer")
    Comment.objects.filter(pk=comment.pk).update(reply_count=1)
    seen = [drawn(comment.thread, AnonymousUser())]
    changes = [
        (comment, {"body": "Other words"}),
        (comment, {"up": 3}),
        (comment, {"down": 2}),
        (comment, {"edited_at": comment.created_at}),
        (comment, {"reply_count": 4}),
        (comment, {"language": "ar"}),
        (comment, {"speaks_for": body}),
        (comment.author, {"display_name": "Another name"}),
        (comment.author, {"erased_at": comment.created_at}),
        (reply, {"up": 1}),
        (reply, {"official_for": body}),
        (body, {"name_en": "Agency of buses"}),
        (comment.thread, {"closes_at": comment.created_at}),
        (comment, {"state": "hidden", "hidden_ground": ground, "hidden_at": comment.created_at}),
        (ground, {"title_en": "Another ground"}),
        (comment, {"state": "withdrawn"}),
    ]
    for thing, fields in changes:
        type(thing).objects.filter(pk=thing.pk).update(**fields)
        seen.append(drawn(Thread.objects.get(pk=comment.thread_id), AnonymousUser()))
    assert len(set(seen)) == len(seen)
    assert drawn(Thread.objects.get(pk=comment.thread_id), AnonymousUser()) == seen[-1]


def test_what_a_reader_with_an_account_sees_is_drawn_for_them():
    comment = CommentFactory()
    page = thread_page(comment.thread, reader=PersonFactory())
    assert [item.fragment for item in page.comments] == [""]
    assert thread_page(comment.thread, reader=AnonymousUser()).comments[0].fragment != ""


def test_each_language_is_drawn_apart():
    thread = CommentFactory().thread
    assert drawn(thread, AnonymousUser(), "ar") != drawn(thread, AnonymousUser(), "en")
