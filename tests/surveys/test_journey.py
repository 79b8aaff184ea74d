"""From the template to a chart: an editor asks the organisations, two hundred people answer in three languages."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.choices import OrganisationKind, Role
from portal.mailings.choices import DeliveryState
from portal.mailings.models import Delivery
from portal.urns import services as urns
from surveys.choices import Act, State
from surveys.management.demo_drawing import texts
from surveys.models import Invitee, Participation, Sending, Sheet, Survey, Theme
from surveys.rules.inviting import token_for
from surveys.selectors.inviting import response
from surveys.selectors.results import results_of
from surveys.services import closing
from surveys.services.recounting import drifts
from surveys.services.starters import load_templates
from surveys.services.states import move
from tests.factories import MembershipFactory, OrganisationFactory, PersonFactory, staff

pytestmark = pytest.mark.django_db(transaction=True)

LANGUAGES = ("ar", "en", "zh-hans")
PEOPLE = 200


@pytest.fixture
def ministry():
    body = OrganisationFactory(kind=OrganisationKind.MINISTRY)
    load_templates()
    return body


def organisations():
    """Return people of three organisations, who read three languages."""
    bodies = [OrganisationFactory(kind=kind) for kind in (OrganisationKind.AGENCY, OrganisationKind.COMPANY)]
    for number in range(PEOPLE):
        person = PersonFactory(language=LANGUAGES[number % 3])
        MembershipFactory(person=person, organisation=bodies[number % 2], role=Role.CONTACT)
    return bodies


def made_from_the_template(editor, body):
    """Begin from the template, publish what it is, in the staff area."""
    template = Survey.objects.get(is_template=True, starter="satisfaction")
    editor.post(reverse("admin:surveys_survey_add"), {"organisation": body.pk, "template": template.pk})
    survey = Survey.objects.get(is_template=False)
    page = editor.get(reverse("admin:surveys_survey_change", args=[survey.pk])).content.decode()
    assert "Publish" in page
    editor.post(reverse("admin:surveys_survey_act", args=[survey.pk, Act.PUBLISH]))
    survey.refresh_from_db()
    assert survey.state == State.OPEN
    return survey


def sent_to_the_organisations(editor, survey, bodies):
    """Invite, look at the count, confirm; the relay takes all of it."""
    url = reverse("admin:surveys_survey_invite", args=[survey.pk])
    chosen = {"organisations": [body.pk for body in bodies], "whom": "contacts"}
    page = editor.post(f"{url}?audience=organisations", chosen)
    assert page.status_code == 302, page.content.decode()[:2000]
    said = editor.post(f"{page['Location']}confirm/", follow=True)
    assert said.status_code == 200
    assert Sending.objects.get().frozen_count == PEOPLE
    Delivery.objects.filter(state=DeliveryState.QUEUED).update(state=DeliveryState.SENT)


def wanted(number, language):
    """Return what somebody would like: half of them speak of searching, half of their phones."""
    known = texts(language)["wanted"]["search" if number // 3 % 2 else "mobile"]
    return known[number // 6 % len(known)].format(unit="IT", n=3)


def answers_of(number, language):
    """Return what somebody says on each page; every fifth finds it hard and says why."""
    is_hard = number % 5 == 0
    features = {f"features.{row}": "satisfied" for row in ("create", "forward", "search", "track")}
    use = {"often": "daily", **features, "ease": "2" if is_hard else "4"}
    if is_hard:
        use["difficult"] = f"{number}"
    support = {"answers": "4", "attended": "no"}
    whole = {"overall": str(1 + number % 5), "recommend": str(number % 11), "wanted": wanted(number, language)}
    return {"use": use, "support": support, "whole": whole}


def fill_in(client, address, fields):
    """Send the form as it stands there."""
    form = client.get(address).content.decode()
    shown = re.findall(r'name="_shown" value="(\w+)"', form)
    return client.post(address, {"_on": "1", "_shown": shown, **fields})


def answer(invitee, number):
    """Answer on the pages as a browser without script does: each form as it stands there, filled in."""
    client = Client(enforce_csrf_checks=True)
    language = invitee.language
    token = token_for(invitee.nonce, invitee.token_hash)
    link = f"/{language}/surveys/{invitee.survey.code}/i/{token}/"
    assert client.get(link).status_code == 200
    base = client.post(link, {"consent": "yes"})["Location"]
    for page, fields in answers_of(number, language).items():
        sent = fill_in(client, f"{base}p/{page}/", fields)
        if f"p/{page}/" in sent.headers.get("Location", ""):
            # A question that the answers have opened is asked on the same page.
            sent = fill_in(client, f"{base}p/{page}/", fields)
        assert sent.status_code == 302, sent.content.decode()[:3000]
    assert sent["Location"] == f"{base}review/"
    assert client.post(f"{base}review/")["Location"] == f"{base}done/"


def test_from_the_template_to_the_results(ministry):
    writer, reader = staff(Role.EDITOR, ministry), staff(Role.MANAGER, ministry)
    editor = Client()
    editor.force_login(writer)
    bodies = organisations()
    survey = made_from_the_template(editor, ministry)
    sent_to_the_organisations(editor, survey, bodies)
    invitees = list(Invitee.objects.select_related("survey").order_by("pk"))
    for number, invitee in enumerate(invitees):
        answer(invitee, number)
    assert (Participation.objects.count(), response(survey).answered) == (PEOPLE, PEOPLE)
    move(Survey.objects.get(pk=survey.pk), Act.CLOSE, by=writer)
    urns.mix_all()
    closing.tick()
    urns.mix_all()
    survey.refresh_from_db()
    assert Sheet.objects.filter(survey=survey, is_anonymous=True).count() == PEOPLE
    assert {language: Sheet.objects.filter(language=language).count() for language in LANGUAGES} == {
        language: len(invitees[place::3]) for place, language in enumerate(LANGUAGES)
    }
    assert list(drifts(False)) == []
    the_manager_reads(survey, reader)


def the_manager_reads(survey, manager):
    """The figures, the themes and the file."""
    results = results_of(survey)
    tiles = {tile.code: tile for tile in results.tiles}
    assert (results.answers, tiles["csat"].estimate.value, tiles["completion"].estimate.value) == (PEOPLE, 0.4, 1)
    client = Client()
    client.force_login(manager)
    url = reverse("admin:surveys_survey_themes", args=[survey.pk])
    client.post(url, {"act": "search"})
    for language in LANGUAGES:
        # Two were spoken of in each language.
        found = Theme.objects.filter(survey=survey, question="wanted", language=language)
        assert len(found) >= 2, (language, list(found))
    page = client.get(url).content.decode()
    assert all(term in page for term in found[0].terms[:2])
    sent = client.post(
        reverse("admin:surveys_survey_export", args=[survey.pk]), {"kind": "csv", "heads": "codes", "language": "en"}
    )
    lines = b"".join(sent.streaming_content).decode().splitlines()
    assert len(lines) > PEOPLE
