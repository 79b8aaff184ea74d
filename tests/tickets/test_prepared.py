"""Prepared replies: closed fields, no holes, the language of the request, who writes and who uses, and the count."""

import tomllib

import pytest
from django.urls import reverse
from django.utils import translation

from portal.accounts.choices import OrganisationKind, Role
from portal.accounts.models import Organisation
from portal.audit.models import Entry as Trail
from tests.factories import OrganisationFactory, PersonFactory, staff
from tickets.choices import TicketKind
from tickets.models import PreparedReply, PreparedUse
from tickets.rules.prepared import FIELDS, fill_fields, text_problems
from tickets.selectors.prepared import filled, offers_for
from tickets.services import desk
from tickets.services import prepared as services
from tickets.services.asking import Sender
from tickets.services.moves import TicketRefused

pytestmark = pytest.mark.django_db
ALL_FIELDS = "{name|friend} {reference} {subject} {body} {due|soon} {agent} {link}"


@pytest.fixture
def ministry(body):
    made = Organisation.objects.filter(kind=OrganisationKind.MINISTRY).first() or OrganisationFactory(
        kind=OrganisationKind.MINISTRY
    )
    body.parent = made
    body.save()
    return made


@pytest.fixture
def prepared(body):
    return PreparedReply.objects.create(
        organisation=body, title_en="Thanks", text_en="Dear {name|citizen}, thank you.", title_ar="شكرًا"
    )


# The text


@pytest.mark.parametrize(
    "text",
    ["", "No field at all.", ALL_FIELDS, "{ name | dear citizen }", "Twice {reference} and {reference}", "50 % off"],
)
def test_a_text_of_known_fields_is_stored(text):
    assert text_problems(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "{nmae|x}",
        "{Name|x}",
        "{}",
        "{ }",
        "{reference",
        "reference}",
        "{{reference}}",
        "｛reference｝",
        "{الاسم}",
        "{0}",
    ],
)
def test_an_unknown_field_is_refused_and_the_known_ones_are_named(text):
    with translation.override("en"):
        problems = text_problems(text)
    assert problems
    assert all("is no field. These can be used: {name|…} {reference}" in each for each in problems)


@pytest.mark.parametrize("text", ["Dear {name},", "Dear {name|},", "Dear {name| \u200b },", "until {due}"])
def test_what_may_be_missing_needs_something_in_its_place(text):
    assert len(text_problems(text)) == 1


@pytest.mark.parametrize(("length", "count"), [(5000, 0), (5001, 1)])
def test_a_text_has_a_longest_length(length, count):
    assert len(text_problems("x" * length)) == count


def test_values_are_put_in_once_and_as_plain_text():
    assert fill_fields("{name|x} {reference}", {"name": "{reference} <b>", "reference": "R"}) == "{reference} <b> R"


# The values of a request


def fill(text, ticket, agent, language="en"):
    return filled(PreparedReply(**{f"text_{language.replace('-', '_')}": text}), ticket, agent=agent)


def test_every_field_has_its_value(ask, agent, clock):
    ticket = ask(subject="A light")
    assert fill(ALL_FIELDS, ticket, agent) == (
        f"Guest {ticket.reference} A light {ticket.organisation.name_en} 7 April 2026, 16:00 {agent.display_name}"
        " http://localhost:8000/en/support/find/"
    )


def test_a_person_with_an_account_is_led_to_the_account(ask, agent):
    ticket = ask(sender=Sender(person=PersonFactory(display_name="Sara")))
    assert fill("{name|x} {link}", ticket, agent) == f"Sara http://localhost:8000/en/support/mine/{ticket.code}/"


def test_the_secret_link_never_stands_in_a_reply(ask, agent):
    assert "/r/" not in fill("{link}", ask(), agent)


def test_what_is_missing_leaves_no_hole(ask, agent):
    ticket = ask(sender=Sender(phone="+966512345678"))
    ticket.next_due_at = None
    assert fill("Dear {name|dear citizen}: {due|soon}", ticket, agent) == "Dear dear citizen: soon"


def test_values_are_in_the_language_of_the_request_whatever_the_agent_reads(ask, agent, clock):
    ticket = ask(language="zh-hans")
    with translation.override("ar"):
        text = fill("{body} {due|x} {link}", ticket, agent, "zh-hans")
    assert text == (
        f"{ticket.organisation.name_zh_hans} 2026年4月7日 16:00 http://localhost:8000/zh-hans/support/find/"
    )


def test_no_other_language_takes_the_place_of_a_missing_one(prepared, ask, agent):
    ticket = ask(language="ar")
    assert filled(prepared, ticket, agent=agent) is None
    (offer,) = offers_for(ticket)
    assert (offer.is_written, offer.is_behind) == (False, False)


# Which are offered


def test_those_of_the_body_and_of_the_ministry_are_offered(ministry, body, ask, prepared):
    of_ministry = PreparedReply.objects.create(organisation=ministry, title_en="M", text_en="M", uses=3)
    PreparedReply.objects.create(organisation=OrganisationFactory(parent=ministry), title_en="Other", text_en="O")
    PreparedReply.objects.create(organisation=body, title_en="Off", text_en="O", active=False)
    PreparedReply.objects.create(organisation=body, title_en="Praise", text_en="P", kinds=[TicketKind.PRAISE])
    ours = PreparedReply.objects.create(
        organisation=body, title_en="Both", text_en="B", kinds=[TicketKind.PRAISE, TicketKind.ENQUIRY]
    )
    assert [each.prepared for each in offers_for(ask())] == [of_ministry, prepared, ours]


# Writing


def test_managers_of_the_body_write_and_the_trail_says_so(body):
    manager = staff(Role.MANAGER, body)
    made = services.save_prepared(
        PreparedReply(organisation=body, title_en="  Thanks ", text_en="Hello\r\n{name|you}"), by=manager
    )
    assert (made.title_en, made.text_en) == ("Thanks", "Hello\n{name|you}")
    made.text_en = "Other"
    services.save_prepared(made, by=manager)
    assert list(
        Trail.objects.filter(action__startswith="prepared").order_by("pk").values_list("action", flat=True)
    ) == [
        "prepared_reply.created",
        "prepared_reply.changed",
    ]


@pytest.mark.parametrize("role", [Role.AGENT, Role.EDITOR, Role.MODERATOR])
def test_others_do_not_write(body, role):
    with pytest.raises(services.PreparedRefused):
        services.save_prepared(PreparedReply(organisation=body, title_en="T", text_en="T"), by=staff(role, body))
    assert not PreparedReply.objects.exists()


def test_nobody_takes_one_from_another_body(prepared):
    other = OrganisationFactory()
    prepared.organisation = other
    with pytest.raises(services.PreparedRefused):
        services.save_prepared(prepared, by=staff(Role.MANAGER, other))


@pytest.mark.parametrize(
    ("texts", "word"),
    [
        ({"title_en": "T", "text_en": "{x}"}, "no field"),
        ({"title_en": "T", "text_en": "Fine", "title_ar": "ت", "text_ar": "{name}"}, "may be unknown"),
        ({"title_en": "T"}, "in one language at least"),
        ({"title_en": "T", "text_en": "Fine", "text_zh_hans": "好"}, "Write a title"),
    ],
)
def test_each_language_is_checked(body, texts, word):
    with translation.override("en"), pytest.raises(services.PreparedRefused, match=word):
        services.save_prepared(PreparedReply(organisation=body, **texts), by=staff(Role.MANAGER, body))


def test_a_changed_meaning_leaves_the_other_languages_behind(prepared, body, ask):
    prepared.text_ar = "شكرًا لكم"
    prepared.save()
    prepared.text_en = "Another meaning"
    services.save_prepared(prepared, by=staff(Role.MANAGER, body))
    assert [offer.is_behind for offer in offers_for(ask(language="ar"))] == [True]
    assert [offer.is_behind for offer in offers_for(ask())] == [False]


# Counting


def test_a_use_is_counted_once_with_the_reply(prepared, ask, agent):
    ticket = ask()
    for _ in range(2):
        entry = desk.reply(ticket, "Thank you.", by=agent, once="x", prepared=[prepared.code, prepared.code, "none"])
    prepared.refresh_from_db()
    assert (prepared.uses, prepared.last_used_at, PreparedUse.objects.get().entry) == (1, entry.created_at, entry)


def test_a_refused_reply_counts_nothing(prepared, ask, agent):
    with pytest.raises(TicketRefused):
        desk.reply(ask(), " ", by=agent, prepared=[prepared.code])
    prepared.refresh_from_db()
    assert prepared.uses == 0


def test_another_bodys_prepared_reply_is_not_counted(ask, agent):
    foreign = PreparedReply.objects.create(organisation=OrganisationFactory(), title_en="F", text_en="F")
    desk.reply(ask(), "Hello", by=agent, prepared=[foreign.code])
    assert not PreparedUse.objects.exists()


def test_drift_of_the_count_is_told_and_mended(prepared, ask, agent):
    desk.reply(ask(), "Hello", by=agent, prepared=[prepared.code])
    PreparedReply.objects.update(uses=7)
    (drift,) = services.drifts(False)
    assert (drift.stored, drift.found) == (7, 1)
    assert len(list(services.drifts(True))) == 1
    assert list(services.drifts(False)) == []


# What every portal starts with


def test_ten_starters_are_whole_in_three_languages(ministry):
    rows = tomllib.loads(services.STARTERS.read_text(encoding="utf-8"))["replies"]
    services.load_prepared()
    made = PreparedReply.objects.all()
    assert len(rows) == made.count() == 10
    for each in made:
        assert set(each.kinds) <= set(TicketKind.values)
        for language in ("ar", "en", "zh_hans"):
            assert getattr(each, f"title_{language}") and getattr(each, f"text_{language}")


def test_starters_leave_what_is_there(ministry):
    services.load_prepared()
    PreparedReply.objects.filter(code="it-is-solved").update(active=False, text_en="Ours")
    services.load_prepared()
    assert PreparedReply.objects.count() == 10
    assert PreparedReply.objects.get(code="it-is-solved").text_en == "Ours"


# The pages


def desk_page(ticket, name="desk"):
    return reverse(f"admin:tickets_ticket_{name}", args=[ticket.code])


@pytest.fixture
def at_desk(client, agent):
    client.force_login(agent)
    return client


def test_without_script_the_page_comes_back_filled_with_what_was_typed(at_desk, prepared, ask):
    ticket = ask()
    typed = {"text": "First words.", "then": "waiting", "once": "o-1", "choose": prepared.code, "insert": "prepared"}
    page = at_desk.post(desk_page(ticket), typed)
    assert page.status_code == 200
    form = page.context["reply"]
    assert form.initial == {
        "text": "First words.\n\nDear Guest, thank you.",
        "then": "waiting",
        "once": "o-1",
        "prepared": [prepared.code],
    }
    html = page.content.decode()
    assert f'<input type="hidden" name="prepared" value="{prepared.code}">' in html
    assert "<title>Error" not in html
    assert ticket.entries.count() == 1
    sent = {"text": "Dear Guest", "then": "solved", "once": "o-1", "prepared": [prepared.code]}
    assert at_desk.post(desk_page(ticket), sent).status_code == 302
    prepared.refresh_from_db()
    assert prepared.uses == 1


@pytest.mark.parametrize("choose", ["", "unknown", "foreign"])
def test_nothing_is_put_in_by_a_wrong_choice_and_the_words_stay(at_desk, ask, choose):
    PreparedReply.objects.create(code="foreign", organisation=OrganisationFactory(), title_en="F", text_en="F")
    page = at_desk.post(desk_page(ask()), {"text": "Mine.", "choose": choose, "insert": "prepared"})
    assert page.status_code == 200
    assert page.context["reply"].initial["text"] == "Mine."


def test_a_missing_language_is_said_and_nothing_put_in(at_desk, prepared, ask):
    ticket = ask(language="ar")
    with translation.override("en"):
        page = at_desk.post(desk_page(ticket), {"text": "", "choose": prepared.code, "insert": "prepared"})
    html = page.content.decode()
    assert page.context["reply"].initial["text"] == ""
    assert "not written in Arabic yet" in html
    assert f'<option value="{prepared.code}" disabled>' in html
    assert at_desk.get(f"{desk_page(ticket, 'prepared')}?choose={prepared.code}").status_code == 404


def test_the_script_gets_the_text(at_desk, prepared, ask):
    answer = at_desk.get(f"{desk_page(ask(), 'prepared')}?choose={prepared.code}")
    assert answer.json() == {"code": prepared.code, "text": "Dear Guest, thank you."}


def test_another_bodys_agent_gets_no_text(client, prepared, ask):
    client.force_login(staff(Role.AGENT, OrganisationFactory()))
    assert client.get(f"{desk_page(ask(), 'prepared')}?choose={prepared.code}").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_a_request_asks_as_often_however_many_are_offered(
    at_desk, body, ask, count, django_assert_max_num_queries
):
    for number in range(count):
        PreparedReply.objects.create(organisation=body, title_en=f"T{number}", text_en="T")
    ticket = ask()
    with django_assert_max_num_queries(40) as queries:
        at_desk.get(desk_page(ticket))
    asked = [each for each in queries.captured_queries if "tickets_preparedreply" in each["sql"]]
    assert len(asked) == 1


# The admin


def answers(body, **changes):
    texts = {f"{field}_{code}": "" for field in ("title", "text") for code in ("ar", "en", "zh_hans")}
    return texts | {"organisation": body.pk, "active": "on"} | changes


def test_a_manager_writes_in_the_admin(client, body):
    client.force_login(staff(Role.MANAGER, body))
    data = answers(body, title_en="Thanks", text_en="Dear {name|you}", kinds=["praise", "enquiry"])
    response = client.post(reverse("admin:tickets_preparedreply_add"), data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    made = PreparedReply.objects.get()
    assert (made.text_en, made.kinds, made.organisation) == ("Dear {name|you}", ["praise", "enquiry"], body)


def test_a_wrong_field_is_told_beside_its_language_and_the_words_stay(client, body):
    client.force_login(staff(Role.MANAGER, body))
    data = answers(body, title_en="T", text_en="Fine", title_ar="ت", text_ar="{اسم} نص")
    with translation.override("en"):
        response = client.post(reverse("admin:tickets_preparedreply_add"), data)
    assert list(response.context["adminform"].form.errors) == ["text_ar"]
    assert "{اسم} نص" in response.content.decode()
    assert not PreparedReply.objects.exists()


def test_agents_read_those_of_their_body_and_of_the_ministry_and_change_none(client, ministry, body, prepared):
    of_ministry = PreparedReply.objects.create(organisation=ministry, title_en="Ministry", text_en="M")
    foreign = PreparedReply.objects.create(organisation=OrganisationFactory(), title_en="Foreign", text_en="F")
    client.force_login(staff(Role.AGENT, body))
    with translation.override("en"):
        html = client.get(reverse("admin:tickets_preparedreply_changelist")).content.decode()
    assert "Thanks" in html and "Ministry" in html and "Foreign" not in html
    for one, status in ((prepared, 200), (of_ministry, 200), (foreign, 302)):
        address = reverse("admin:tickets_preparedreply_change", args=[one.pk])
        assert client.get(address).status_code == status
        assert client.post(address, answers(body, title_en="X", text_en="X")).status_code in (302, 403)
    assert not PreparedReply.objects.filter(title_en="X").exists()
    assert client.get(reverse("admin:tickets_preparedreply_add")).status_code == 403


def test_a_manager_of_a_body_reads_the_ministrys_and_cannot_change_it(client, ministry, body):
    of_ministry = PreparedReply.objects.create(organisation=ministry, title_en="Ministry", text_en="M")
    client.force_login(staff(Role.MANAGER, body))
    address = reverse("admin:tickets_preparedreply_change", args=[of_ministry.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, answers(body, title_en="X", text_en="X")).status_code == 403


def test_the_list_of_fields_is_the_one_that_is_filled(ask, agent):
    assert list(FIELDS) == ["name", "reference", "subject", "body", "due", "agent", "link"]
