"""A help article drafted from a request: nothing in it says who asked, neither as a draft nor when it is published."""

import time

import pytest
from django.urls import reverse
from django.utils import translation

from portal.accounts.choices import Role
from portal.audit.models import Entry as Trail
from tests.factories import ArticleCategoryFactory, ArticleFactory, OrganisationFactory, PersonFactory, staff
from tickets.models import Article, ArticleSource
from tickets.rules.personal import Mark, passages, still_there
from tickets.services import desk
from tickets.services.articles import ArticleRefused, publish_article, save_article
from tickets.services.asking import Sender
from tickets.services.moves import TicketRefused
from tickets.services.sourced import draft_article, draft_text

pytestmark = pytest.mark.django_db
PHONE = "+966512345678"


@pytest.fixture
def category(db):
    return ArticleCategoryFactory()


@pytest.fixture
def asked(ask):
    return ask(sender=Sender(email="Mona.Ali@example.org", name="Mona Ali", phone=PHONE), subject="A street light")


@pytest.fixture
def solved(asked, agent):
    desk.reply(asked, "Dear Mona Ali, we mended it.", by=agent, then="solved")
    asked.refresh_from_db()
    return asked


def draft(ticket, by, category, **changes):
    values = {"title": "A light is dark", "summary": "Tell us.", "text": "Tell us where.", "category": category}
    return draft_article(ticket, by=by, **(values | changes))


# What says who asked


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("A street light is dark.", []),
        ("Mona Ali wrote.", [Mark.NAME]),
        ("MONA   ali wrote.", [Mark.NAME]),
        ("Mona **Ali** wrote.", [Mark.NAME]),
        ("Mona\u200b Ali", [Mark.NAME]),
        ("Mona wrote, and Ali answered.", []),
        ("Ramona Alison", []),
        ("write to mona.ali@EXAMPLE.org", [Mark.EMAIL]),
        ("write to mona@example.org", []),
        ("call 051 234 5678", [Mark.PHONE]),
        ("call 00966-51-234-5678", [Mark.PHONE]),
        ("call ٠٥١٢٣٤٥٦٧٨", [Mark.PHONE]),
        ("call +966 51 234 5679", []),
        ("call 9 or 51 234", []),
    ],
)
def test_what_says_who_asked_is_found_in_every_spelling(asked, text, marks):
    assert still_there(text, asked) == marks


@pytest.mark.parametrize("change", [str, str.lower, lambda text: text.replace("-", " "), lambda t: t.replace("-", "")])
def test_the_reference_is_found_in_every_spelling(asked, change):
    assert still_there(f"see {change(asked.reference)}.", asked) == [Mark.REFERENCE]


@pytest.mark.parametrize(
    ("name", "text", "is_there"),
    [
        ("محمد السالم", "كتب إلينا محمد السالم أمس", True),
        ("محمد السالم", "ومُحمّد السالم كتب", True),
        ("أمل", "إنارة الشارع", False),
        ("赵敏", "请赵敏女士办理", True),
        ("赵敏", "请办理", False),
        ("A", "A light", False),
    ],
)
def test_names_in_other_scripts(ask, name, text, is_there):
    assert (Mark.NAME in still_there(text, ask(sender=Sender(phone=PHONE, name=name)))) is is_there


def test_an_accounts_names_are_known_until_it_is_erased(ask):
    ticket = ask(sender=Sender(person=PersonFactory(display_name="Nightingale", full_name="Sara Haddad")))
    assert still_there("Sara Haddad", ticket) == still_there("nightingale", ticket) == [Mark.NAME]
    ticket.person.erased_at = ticket.created_at
    assert still_there("Sara Haddad", ticket) == []


def test_what_may_be_personal_is_marked_and_the_text_stays_whole(asked):
    text = (
        f"Mona asked ({asked.reference}): call +966 50 111 2222 or a.b@c.example, id 1023456789,"
        " SA03 8000 0000 6080 1016 7519, http://x.example/en/support/r/abc. In 2026 we have 12 lights."
    )
    parts = passages(text, asked)
    assert "".join(part.text for part in parts) == text
    assert [(part.mark, part.text) for part in parts if part.mark] == [
        (Mark.NAME, "Mona"),
        (Mark.REFERENCE, asked.reference),
        (Mark.PHONE, "+966 50 111 2222"),
        (Mark.EMAIL, "a.b@c.example"),
        (Mark.NUMBER, "1023456789"),
        (Mark.NUMBER, "SA03 8000 0000 6080 1016 7519"),
        (Mark.LINK, "http://x.example/en/support/r/abc."),
    ]


@pytest.mark.parametrize("piece", ["a", "1", "1 ", "a.", "@", "/support/r", "A1 ", "https://", "a@b.cc "])
def test_a_hostile_text_is_read_quickly(asked, piece):
    text = (piece * 60_000)[:60_000]
    begun = time.process_time()
    passages(text, asked)
    still_there(text, asked)
    assert time.process_time() - begun < 3


@pytest.mark.parametrize("text", ["", "Nothing personal.", "١٢ مصباحًا في عام 2026"])
def test_where_nothing_is_personal_nothing_is_marked(asked, text):
    assert [part.mark for part in passages(text, asked)] == ([None] if text else [])


# Drafting


def test_question_and_answers_make_the_text_in_the_language_of_the_request(solved, agent):
    with translation.override("ar"):
        text = draft_text(solved)
    assert text == "It has been dark for a week.\n\n## Answer\n\nDear Mona Ali, we mended it."


def test_notes_among_staff_do_not_go_into_it(asked, agent):
    desk.note(asked, "A secret note", by=agent)
    assert "secret" not in draft_text(asked)


def test_an_agent_makes_a_draft_that_is_tied_to_its_request(solved, agent, category):
    article = draft(solved, agent, category)
    article.refresh_from_db()
    assert (article.state, article.organisation, article.category) == ("draft", solved.organisation, category)
    assert (article.title_en, article.text_en, article.title_ar) == ("A light is dark", "Tell us where.", "")
    assert article.source.ticket == solved
    trail = Trail.objects.filter(action__in=["article.created", "ticket.article_drafted"]).order_by("pk")
    assert [(each.actor_id, each.data) for each in trail] == [
        (agent.pk, {"request": solved.reference}),
        (agent.pk, {"article": article.code}),
    ]


def test_a_second_time_gives_the_first(solved, agent, category):
    assert draft(solved, agent, category) == draft(solved, agent, category, title="Another")
    assert Article.objects.count() == ArticleSource.objects.count() == 1


@pytest.mark.parametrize("field", ["title", "summary", "text"])
def test_a_draft_with_the_name_in_it_is_refused(solved, agent, category, field):
    with pytest.raises(TicketRefused, match="personal"):
        draft(solved, agent, category, **{field: "Mona Ali asked"})
    assert not Article.objects.exists()


@pytest.mark.parametrize("field", ["title", "text"])
def test_an_empty_draft_is_refused(solved, agent, category, field):
    with pytest.raises(TicketRefused, match="blank"):
        draft(solved, agent, category, **{field: " \u200b"})


def test_what_is_not_answered_and_what_is_anothers_is_refused(asked, solved, agent, category, ask):
    for ticket, by in ((ask(), agent), (solved, staff(Role.AGENT, OrganisationFactory())), (solved, PersonFactory())):
        with pytest.raises(TicketRefused, match="forbidden"):
            draft(ticket, by, category)


# Publishing


def test_publishing_is_refused_while_data_of_who_asked_stand_in_it(solved, agent, body, category):
    article, editor = draft(solved, agent, category), staff(Role.EDITOR, body)
    for text, word in (
        ("Mona Ali asked", "name"),
        ("mona.ali@example.org", "e-mail"),
        ("0512345678", "phone"),
        (solved.reference, "reference"),
    ):
        Article.objects.filter(pk=article.pk).update(text_en=text)
        article.refresh_from_db()
        with translation.override("en"), pytest.raises(ArticleRefused, match=word):
            publish_article(article, by=editor)
    Article.objects.filter(pk=article.pk).update(text_en="Tell us where.")
    article.refresh_from_db()
    assert publish_article(article, by=editor).state == "published"


def test_what_is_public_cannot_get_the_name_afterwards_in_any_language(solved, agent, body, category):
    editor = staff(Role.EDITOR, body)
    article = publish_article(draft(solved, agent, category), by=editor)
    for column in ("title_zh_hans", "summary_zh_hans", "text_zh_hans"):
        setattr(article, column, "Mona Ali 问")
    with translation.override("en"), pytest.raises(ArticleRefused, match="name of the person"):
        save_article(article, by=editor)


def test_other_articles_may_name_anybody(solved, body):
    article = ArticleFactory(organisation=body, text_en="Ask Mona Ali.")
    assert publish_article(article, by=staff(Role.EDITOR, body)).state == "published"


# The pages


def page(ticket, name="article"):
    return reverse(f"admin:tickets_ticket_{name}", args=[ticket.code])


@pytest.fixture
def at_desk(client, agent):
    client.force_login(agent)
    return client


def filled_in(category, **changes):
    values = {"title": "A light", "summary": "", "text": "Tell us.", "category": category.pk, "confirmed": "on"}
    return values | changes


def test_the_page_is_offered_for_what_is_answered_and_marks_what_may_be_personal(at_desk, solved, ask):
    assert page(solved) in at_desk.get(page(solved, "desk")).content.decode()
    other = ask()
    assert page(other) not in at_desk.get(page(other, "desk")).content.decode()
    assert at_desk.get(page(other)).status_code == 403
    html = at_desk.get(page(solved)).content.decode()
    assert ">Mona Ali</mark>" in html


def test_the_word_that_it_is_clean_is_required_and_what_was_typed_stays(at_desk, solved, category):
    answer = at_desk.post(page(solved), filled_in(category, text="My own words", confirmed=""))
    assert list(answer.context["form"].errors) == ["confirmed"]
    assert "My own words" in answer.content.decode()
    assert not Article.objects.exists()


def test_a_name_is_told_beside_its_field(at_desk, solved, category):
    answer = at_desk.post(page(solved), filled_in(category, title="Mona Ali", text=f"{PHONE} <b>x</b>"))
    assert {"title", "text"} == set(answer.context["form"].errors)
    html = answer.content.decode()
    assert "&lt;b&gt;x&lt;/b&gt;" in html and "<b>x</b>" not in html
    assert not Article.objects.exists()


def test_an_agent_is_led_back_and_an_editor_to_the_article(at_desk, client, agent, solved, category, body):
    answer = at_desk.post(page(solved), filled_in(category))
    assert answer.headers["Location"] == page(solved, "desk")
    made = Article.objects.get()
    change = reverse("admin:tickets_article_change", args=[made.pk])
    assert change in at_desk.get(page(solved, "desk")).content.decode()
    assert page(solved, "desk") in at_desk.get(change).content.decode()
    agent.memberships.create(organisation=body, role=Role.EDITOR)
    assert at_desk.get(page(solved)).headers["Location"] == change


def test_editors_without_the_desk_see_no_request(client, solved, agent, category, body):
    made = draft(solved, agent, category)
    client.force_login(staff(Role.EDITOR, body))
    html = client.get(reverse("admin:tickets_article_change", args=[made.pk])).content.decode()
    assert solved.reference not in html and solved.code not in html
    assert client.get(page(solved)).status_code == 403


def test_another_bodys_agent_finds_nothing(client, solved, category):
    client.force_login(staff(Role.AGENT, OrganisationFactory()))
    assert client.get(page(solved)).status_code == 404
    assert client.post(page(solved), filled_in(category)).status_code == 404


def test_visitors_of_the_article_learn_nothing_of_the_request(client, solved, agent, category, body):
    article = publish_article(draft(solved, agent, category), by=staff(Role.EDITOR, body))
    with translation.override("en"):
        html = client.get(article.get_absolute_url()).content.decode()
    assert "Tell us where." in html
    assert solved.reference not in html and solved.code not in html


def test_the_editors_page_says_what_stands_against_publishing(client, solved, agent, category, body):
    article = draft(solved, agent, category)
    Article.objects.filter(pk=article.pk).update(summary_en="Mona Ali asked")
    client.force_login(staff(Role.EDITOR, body))
    with translation.override("en"):
        html = client.get(reverse("admin:tickets_article_move", args=[article.pk, "published"])).content.decode()
    assert "The name of the person who asked still stands here." in html
