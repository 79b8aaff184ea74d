"""From a reported comment to the words on its page, with the real kind."""

import pytest
from django.conf import settings
from django.test import Client

from engagement.comments.choices import CommentState
from engagement.comments.models import Comment
from moderation.models import Case, Decision
from portal.accounts.choices import Role
from portal.messaging.models import Message
from tests.factories import CommentFactory, ConsultationFactory, GroundFactory, PersonFactory, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def comment(db: None) -> Comment:
    thread = ConsultationFactory().thread
    thread.comment_count = 1
    thread.save()
    author = PersonFactory(language="ar", display_name="خالد")
    return CommentFactory(thread=thread, author=author, body="من كتب هذه المادة جاهل.", language="ar")


def test_from_report_to_showing_again(comment: Comment) -> None:
    ground = GroundFactory(number=2)
    guest, desk = Client(), Client()
    moderator = staff(Role.MODERATOR, comment.thread.organisation)
    desk.force_login(moderator)
    page = f"/en/comments/{comment.code}/"
    address = f"/en/moderation/report/comment/{comment.code}/"
    assert address in guest.get(page).content.decode()
    assert "من كتب هذه المادة جاهل." in guest.get(address).content.decode()
    guest.post(address, {"ground": ground.pk})
    case = Case.objects.get()

    waiting = f"/en/admin/moderation/case/queue/{case.code}/"
    shown = desk.get(waiting).content.decode()
    assert "من كتب هذه المادة جاهل." in shown
    consultation = comment.thread.consultation
    assert f'href="/en/consultations/{consultation.code}/{consultation.slug}/"' in shown
    assert f"<bdi>{consultation.title_en}</bdi>" in shown
    desk.post(waiting, {"outcome": "hide", "ground": ground.pk, "passage": "جاهل"})
    comment.refresh_from_db()
    assert (comment.state, comment.hidden_ground, comment.thread.comment_count) == (CommentState.HIDDEN, ground, 0)
    hidden = guest.get(page).content.decode()
    assert "من كتب هذه المادة جاهل." not in hidden
    assert "Ground 2" in hidden
    assert guest.get(address).status_code == 404
    message = Message.objects.get()
    assert (message.person, message.language) == (comment.author, "ar")
    assert f"{settings.BASE_URL}/ar/comments/{comment.code}/" in message.text
    assert "سبب 2" in message.text

    desk.post(f"/en/admin/moderation/case/decided/{case.code}/", {"note": ""})
    comment = Comment.objects.get()
    assert (comment.state, comment.hidden_ground, comment.thread.comment_count) == (CommentState.VISIBLE, None, 1)
    assert "من كتب هذه المادة جاهل." in guest.get(page).content.decode()
    assert list(Decision.objects.order_by("number").values_list("outcome", flat=True)) == ["hide", "restore"]
    assert Message.objects.filter(person=comment.author).count() == 2


def test_a_thread_that_is_not_public_gives_the_same_answer(client: Client, comment: Comment) -> None:
    comment.thread.is_public = False
    comment.thread.save()
    assert client.get(f"/en/moderation/report/comment/{comment.code}/").status_code == 404


def test_official_replies_cannot_be_reported(client: Client, comment: Comment) -> None:
    comment.official_for = comment.thread.organisation
    comment.save()
    assert client.get(f"/en/moderation/report/comment/{comment.code}/").status_code == 404
