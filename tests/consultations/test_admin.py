"""Staff write, publish and end consultations in the admin, through the same services as everybody."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from engagement.comments.models import Thread
from engagement.consultations.choices import Status
from engagement.consultations.models import Consultation, Document, Section
from engagement.consultations.services import (
    ChangeRefused,
    ask_question,
    remove_document,
    remove_section,
    save_consultation,
    save_document,
)
from engagement.polls.services import cast_vote
from portal.accounts.choices import Role
from portal.audit.models import Entry
from portal.files.models import StoredFile
from portal.files.services import PDF as PDF_TYPE
from portal.files.services import store
from tests.factories import (
    CommentFactory,
    ConsultationFactory,
    OrganisationFactory,
    PersonFactory,
    SectionFactory,
    days,
    staff,
)

pytestmark = pytest.mark.django_db
CODES = ("ar", "en", "zh_hans")
LIST = "/en/admin/consultations/consultation/"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


@pytest.fixture
def body():
    return OrganisationFactory()


@pytest.fixture
def editor(client, body):
    person = staff(Role.EDITOR, body)
    client.force_login(person)
    return person


def moment(name, value):
    local = timezone.localtime(value)
    return {f"{name}_0": local.strftime("%Y-%m-%d"), f"{name}_1": local.strftime("%H:%M:%S")}


def inline(prefix, total=0, initial=0):
    return {
        f"{prefix}-TOTAL_FORMS": total, f"{prefix}-INITIAL_FORMS": initial,
        f"{prefix}-MIN_NUM_FORMS": 0, f"{prefix}-MAX_NUM_FORMS": 1000,
    }  # fmt: skip


def form(body, **changes):
    texts = {
        f"{field}_{code}": f"{field} {code}" for field in ("title", "summary", "body", "question") for code in CODES
    }
    values = {"organisation": body.pk, "slug": "parks", "kind": "policy", "level": "consult", "results": "always"}
    dates = moment("opens_at", timezone.now() + days(1)) | moment("closes_at", timezone.now() + days(30))
    section = {"sections-0-number": 1} | {
        f"sections-0-{field}_{code}": f"{field} {code}" for field in ("title", "body") for code in CODES
    }
    return values | texts | dates | inline("sections", 1) | section | inline("documents") | changes


def errors(response):
    return response.context["errors"] if response.context else []


def test_an_editor_writes_and_publishes(client, editor, body):
    response = client.post(f"{LIST}add/", form(body))
    assert response.status_code == 302, errors(response)
    consultation = Consultation.objects.get()
    assert (consultation.status, consultation.title_zh_hans) == (Status.DRAFT, "title zh_hans")
    assert consultation.poll.question_ar == "question ar"
    assert list(consultation.sections.values_list("number", "title_en")) == [(1, "title en")]
    assert consultation.sections.get().thread.is_public is False
    move = f"{LIST}{consultation.pk}/move/published/"
    assert b"Everybody can read it from now on" in client.get(move).content
    assert Consultation.objects.get().status == Status.DRAFT
    client.post(move)
    assert Consultation.objects.get().status == Status.PUBLISHED
    assert Section.objects.get().thread.is_public is True
    actions = set(Entry.objects.filter(target_key=consultation.code).values_list("action", flat=True))
    assert actions == {f"consultation.{done}" for done in ("saved", "question_set", "published", "version_kept")}


def test_what_is_missing_is_said_before_publishing(client, editor, body):
    client.post(f"{LIST}add/", form(body, title_en=""))
    consultation = Consultation.objects.get()
    move = f"{LIST}{consultation.pk}/move/published/"
    assert b"Write the title in the three languages." in client.get(move).content
    client.post(move)
    assert Consultation.objects.get().status == Status.DRAFT


def test_a_period_that_ends_before_it_begins_is_refused_and_kept(client, editor, body):
    wrong = moment("closes_at", timezone.now() - days(3))
    response = client.post(f"{LIST}add/", form(body, **wrong))
    assert response.status_code == 200
    assert b"The closing time must be later than the opening time." in response.content
    assert b"title zh_hans" in response.content
    assert Consultation.objects.count() == 0


def test_only_bodies_of_the_editor_are_offered_and_accepted(client, editor, body):
    other = OrganisationFactory()
    page = client.get(f"{LIST}add/").content.decode()
    assert f'value="{body.pk}"' in page
    assert f'value="{other.pk}"' not in page
    response = client.post(f"{LIST}add/", form(other))
    assert response.status_code == 200
    assert Consultation.objects.count() == 0


def test_another_bodys_consultation_is_not_there(client, editor):
    other = ConsultationFactory(status=Status.DRAFT)
    for path in (f"{LIST}{other.pk}/change/", f"{LIST}{other.pk}/move/published/"):
        assert client.get(path).status_code in (302, 404)
    assert client.post(f"{LIST}{other.pk}/move/published/").status_code in (302, 404)
    assert Consultation.objects.get().status == Status.DRAFT


@pytest.mark.parametrize("role", [Role.AGENT, Role.MANAGER, Role.MODERATOR])
def test_other_roles_do_not_move_it(client, body, role):
    consultation = ConsultationFactory(organisation=body, status=Status.DRAFT)
    client.force_login(staff(role, body))
    assert client.post(f"{LIST}{consultation.pk}/move/published/").status_code in (302, 403, 404)
    assert Consultation.objects.get().status == Status.DRAFT


@pytest.mark.parametrize("status", [Status.CONCLUDED, Status.WITHDRAWN])
def test_an_ended_one_is_read_only(client, editor, body, status):
    consultation = ConsultationFactory(
        organisation=body, status=status, responded_at=timezone.now(), withdrawn_at=timezone.now()
    )
    page = client.get(f"{LIST}{consultation.pk}/change/")
    assert page.status_code == 200
    assert b'name="_save"' not in page.content
    assert b"/move/" not in page.content
    for target in ("published", "concluded", "withdrawn", "draft", "nonsense"):
        assert client.post(f"{LIST}{consultation.pk}/move/{target}/").status_code == 404
    assert Consultation.objects.get().status == status


def test_a_question_cannot_change_under_those_who_voted(client, editor, body):
    consultation = ConsultationFactory(organisation=body)
    question = {"ar": "سؤال", "en": "Question", "zh-hans": "问题"}
    poll = ask_question(consultation, question=question, results="always", by=editor)
    cast_vote(poll, by=PersonFactory(), option_code="support", language="ar")
    dates = moment("opens_at", consultation.opens_at) | moment("closes_at", consultation.closes_at)
    changed = form(body, **dates, **inline("sections"))
    response = client.post(f"{LIST}{consultation.pk}/change/", changed)
    assert b"The vote has begun" in response.content
    poll.refresh_from_db()
    assert poll.question_en == "Question"


@pytest.mark.parametrize(("content", "stored"), [(PDF, True), (b"<html><script>alert(1)</script>", False)])
def test_a_document_is_a_pdf_by_its_content(client, editor, body, content, stored):
    upload = SimpleUploadedFile("draft.pdf", content, content_type="application/pdf")
    document = inline("documents", 1) | {
        "documents-0-title_ar": "وثيقة", "documents-0-position": 0, "documents-0-upload": upload,
    }  # fmt: skip
    response = client.post(f"{LIST}add/", form(body) | document)
    assert response.status_code == (302 if stored else 200)
    if stored:
        assert Consultation.objects.get().documents.get().file.content_type == "application/pdf"
    else:
        assert "Choose one of these: PDF." in response.content.decode()


def test_the_list_in_three_languages(client, editor, body):
    ConsultationFactory(organisation=body)
    for language in ("ar", "en", "zh-hans"):
        assert client.get(f"/{language}/admin/consultations/consultation/").status_code == 200


def draft_with_parts(body, editor, **fields):
    """A draft of one section and one document with a file."""
    consultation = ConsultationFactory(organisation=body, status=Status.DRAFT, **fields)
    section = SectionFactory(consultation=consultation, number=1, title_en="Taken out")
    stored = store(PDF, "draft.pdf", content_type=PDF_TYPE)
    document = save_document(Document(consultation=consultation, title_en="Study"), stored=stored, by=editor)
    return consultation, section, document


def without_parts(body, section, document):
    """The form in which both parts are marked for removal."""
    kept = {
        f"sections-0-{field}_{code}": getattr(section, f"{field}_{code}")
        for field in ("title", "body")
        for code in CODES
    }
    marked = {"sections-0-id": section.pk, "sections-0-number": section.number, "sections-0-DELETE": "on"}
    marked |= {"documents-0-id": document.pk, "documents-0-position": 0, "documents-0-DELETE": "on"}
    return form(body) | kept | marked | inline("sections", 1, 1) | inline("documents", 1, 1)


def test_parts_are_taken_out_of_a_draft(client, editor, body):
    consultation, section, document = draft_with_parts(body, editor)
    address = f"{LIST}{consultation.pk}/change/"
    assert b'name="sections-0-DELETE"' in client.get(address).content
    response = client.post(address, without_parts(body, section, document))
    assert response.status_code == 302, errors(response)
    assert (Section.objects.count(), Document.objects.count(), StoredFile.objects.count()) == (0, 0, 1)
    assert list(Thread.objects.values_list("pk", flat=True)) == [consultation.thread_id]
    consultation.refresh_from_db()
    assert "taken out" not in consultation.search_text
    removed = Entry.objects.filter(action__endswith=".removed").order_by("id").values_list("action", "actor_id", "data")
    assert list(removed) == [
        ("section.removed", editor.pk, {"consultation": consultation.code, "number": 1}),
        ("document.removed", editor.pk, {"consultation": consultation.code}),
    ]


def test_parts_of_a_published_one_stay(client, editor, body):
    consultation, section, document = draft_with_parts(body, editor)
    Consultation.objects.filter(pk=consultation.pk).update(status=Status.PUBLISHED)
    address = f"{LIST}{consultation.pk}/change/"
    assert b"-DELETE" not in client.get(address).content
    client.post(address, without_parts(body, section, document))
    for remove, part in ((remove_section, section), (remove_document, document)):
        with pytest.raises(ChangeRefused) as refused:
            remove(part, by=editor)
        assert refused.value.problems == ["Sections and documents can be removed from drafts only."]
    assert (Section.objects.count(), Document.objects.count()) == (1, 1)


def test_a_section_with_a_comment_stays_and_the_editor_is_told(client, editor, body):
    consultation, section, document = draft_with_parts(body, editor)
    CommentFactory(thread=section.thread)
    response = client.post(f"{LIST}{consultation.pk}/change/", without_parts(body, section, document), follow=True)
    told = [str(message) for message in response.context["messages"]]
    assert "People have commented on this section: it can no longer be removed." in told
    assert (Section.objects.count(), Document.objects.count()) == (1, 0)


@pytest.mark.parametrize("role", [Role.AGENT, Role.MANAGER, Role.MODERATOR])
def test_other_roles_and_bodies_take_nothing_out(body, role):
    _, section, document = draft_with_parts(body, staff(Role.EDITOR, body))
    for person in (staff(role, body), staff(Role.EDITOR, OrganisationFactory())):
        for remove, part in ((remove_section, section), (remove_document, document)):
            with pytest.raises(ChangeRefused):
                remove(part, by=person)
    assert (Section.objects.count(), Document.objects.count()) == (1, 1)


@pytest.mark.parametrize("date", ["0001-01-01", "1999-12-31", "2101-01-01", "9999-12-31"])
@pytest.mark.parametrize("field", ["opens_at", "closes_at"])
def test_years_far_away_are_refused_in_the_form(client, editor, body, field, date):
    refused = client.post(f"{LIST}add/", form(body, **{f"{field}_0": date}))
    assert refused.status_code == 200
    assert refused.context["adminform"].form.errors[field] == ["Choose a date between the years 2000 and 2100."]
    assert not Consultation.objects.exists()


@pytest.mark.parametrize("year", [1, 1999, 2101, 9999])
@pytest.mark.usefixtures("english")
def test_years_far_away_are_refused_by_the_service(editor, body, year):
    consultation = ConsultationFactory(organisation=body, status=Status.DRAFT, published_at=None)
    consultation.closes_at = consultation.closes_at.replace(year=year, month=1, day=1)
    with pytest.raises(ChangeRefused, match="between the years 2000 and 2100"):
        save_consultation(consultation, by=editor)
