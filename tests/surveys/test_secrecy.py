"""Who answers an anonymous survey cannot be found from the answers, by nothing that the database keeps."""

from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, models
from django.utils import timezone

from portal.urns import services as urns
from portal.urns.models import Sealed
from surveys.choices import Act, Audience, Channel, Mode, SheetState
from surveys.models import Answer, Draft, PageCount, Participation, Rollup, Sheet, Survey
from surveys.rules.values import Answer as Given
from surveys.selectors.structure import questionnaire_in
from surveys.services import closing
from surveys.services.answering import PageSent, save_page
from surveys.services.building import save_survey
from surveys.services.counting import this_week
from surveys.services.drafts import AnsweringRefused, Unfinished, begin, read, write
from surveys.services.handing_in import Content, _minutes, hand_in
from surveys.services.looking import LookRefused, look
from surveys.services.refusals import SurveyRefused
from surveys.services.states import move
from tests.factories import PersonFactory
from tests.surveys.factories import editor_of, past, published, standard
from tests.urns.test_mixing import ranks_agree

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY = AnonymousUser()


def answer(survey, user=NOBODY, text="", language="en", **more):
    """Answer a whole survey up to handing in."""
    begun = begin(survey, user=user, language=language, **more)
    questions = questionnaire_in(begun.draft.version)
    for page, fields in (("p1", {"ease": ["easy"]}), ("p2", {"ideas": [text]})):
        shown = frozenset(one.code for one in questions.page(page).questions)
        save_page(begun.draft, begun.key, questions.page(page), PageSent(fields, shown, {}), language=language)
    return begun


def take_part(survey, user=NOBODY, text="", **more):
    begun = answer(survey, user, text, **more)
    return hand_in(begun.draft, begun.key, user=user, language="en")


def rows(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def together(acts):
    """Do all at one moment; return what each returned or raised."""
    barrier, results = Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        barrier.wait()
        try:
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results


def reasons(results):
    return sorted(one.reason if isinstance(one, AnsweringRefused) else repr(one) for one in results if one != "")


@pytest.fixture
def secret():
    return published(standard(audience=Audience.SIGNED_IN, one_each=True))


class TestJoining:
    @pytest.fixture
    def people(self, secret):
        people = PersonFactory.create_batch(40)
        for number, person in enumerate(people):
            take_part(secret, person, f"said {number}")
        past(secret)
        closing.tick()
        urns.mix_all()
        return people

    def test_everything_is_there_and_nothing_names_a_person(self, people, secret):
        assert Participation.objects.count() == Sheet.objects.count() == 40
        said = {one.text for one in Answer.objects.filter(question="ideas")}
        assert said == {f"said {number}" for number in range(40)}
        for model in (Sheet, Answer):
            kinds = {
                field.name
                for field in model._meta.concrete_fields
                if isinstance(field, models.DateTimeField | models.BigAutoField)
            }
            assert kinds <= {"submitted_at"}
        assert set(Sheet.objects.values_list("participation", "submitted_at", "entered_by")) == {(None, None, None)}
        assert set(Sheet.objects.values_list("week", flat=True)) == {this_week()}

    @pytest.mark.parametrize("table", ["surveys_sheet", "surveys_answer", "surveys_rollup"])
    def test_no_transaction_of_a_person_wrote_an_answer(self, people, table):
        for theirs in ("surveys_participation", "surveys_draft"):
            joined = f"SELECT count(*) FROM {theirs} a JOIN {table} b ON a.xmin = b.xmin OR a.xmax = b.xmin"
            assert rows(joined) == [(0,)], theirs

    def test_one_transaction_wrote_all_answers(self, people):
        for table in ("surveys_sheet", "surveys_answer", "surveys_rollup"):
            assert len(rows(f"SELECT DISTINCT xmin::text FROM {table}")) == 1

    def test_counters_of_pages_do_not_tell_who_saved_one_last_in_which_language(self, people, secret):
        # Each stood in the transaction of the last person, beside the one in which that person handed in.
        assert len(rows("SELECT DISTINCT xmin::text FROM surveys_pagecount")) == 1
        assert rows("SELECT DISTINCT xmin::text FROM surveys_pagecount") == rows(
            "SELECT DISTINCT xmin::text FROM surveys_sheet"
        )

    @pytest.mark.parametrize("order", ["ctid", "id"])
    def test_the_order_of_answers_is_not_that_of_people(self, people, order):
        arrived = [f"said {number}" for number in range(40)]
        answers = rows(f"SELECT text FROM surveys_answer WHERE question = 'ideas' ORDER BY {order}")
        sheets = rows(
            "SELECT a.text FROM surveys_sheet s JOIN surveys_answer a ON a.sheet_id = s.id AND a.question = 'ideas'"
            f" ORDER BY s.{order}"
        )
        for found in (answers, sheets):
            # One in several hundred thousand orders drawn by chance is as like the arrival as this.
            assert abs(ranks_agree(arrived, [text for (text,) in found])) < 0.72

    def test_ended_drafts_know_neither_person_nor_answers(self, people):
        found = Draft.objects.values_list("person", "token_hash", "answers", "sealed", "saved", "place", "is_done")
        assert [tuple(one) for one in found] == [(None, "", {}, None, [], "", True)] * 40

    def test_the_trail_does_not_tell_of_answers(self, people, secret):
        assert rows("SELECT count(*) FROM audit_entry WHERE action LIKE 'survey.answer%'") == [(0,)]


class TestPause:
    """Whoever was away for days would be found again by how long it took."""

    def test_the_days_between_are_neither_in_the_ended_draft_nor_in_the_sheet(self, secret):
        person, now = PersonFactory(), timezone.now()
        begun = answer(secret, person)
        draft = Draft.objects.select_related("survey", "version").get()
        unfinished = read(draft, begun.key)
        unfinished.began = (now - timezone.timedelta(days=3)).isoformat()
        write(draft, begun.key, unfinished)
        Draft.objects.update(began_on=now.date() - timezone.timedelta(days=3))
        hand_in(begun.draft, begun.key, user=person, language="en")
        draft = Draft.objects.get()
        assert draft.began_on == draft.touched_on == timezone.localdate()
        past(secret)
        closing.tick()
        urns.mix_all()
        assert Sheet.objects.get().minutes is None

    @pytest.mark.parametrize(("minutes", "told"), [(0, 0), (180, 180), (181, None)])
    def test_up_to_three_hours_are_told(self, secret, minutes, told):
        began = (timezone.now() - timezone.timedelta(minutes=minutes, seconds=5)).isoformat()
        assert _minutes(secret, Unfinished(began=began)) == told

    def test_an_invitation_is_forgotten_by_the_ended_draft(self):
        survey = published(standard(audience=Audience.INVITED))
        begun = answer(survey, token_hash="a" * 64)
        hand_in(begun.draft, begun.key, user=NOBODY, language="en")
        assert Draft.objects.get().token_hash == ""


class TestUrn:
    def test_before_twenty_can_go_and_twenty_stay_none_is_in_a_figure(self, secret):
        for number in range(39):
            take_part(secret, PersonFactory(), f"said {number}")
        urns.mix_all()
        assert (Sealed.objects.count(), Sheet.objects.count(), Rollup.objects.count()) == (39, 0, 0)
        assert not PageCount.objects.filter(page="=").exists()
        secret.refresh_from_db()
        assert secret.answer_count == 39

    def test_the_rest_is_mixed_once_it_has_closed(self, secret):
        take_part(secret, PersonFactory(), "alone")
        closing.tick()
        urns.mix_all()
        assert Sheet.objects.count() == 0
        past(secret)
        closing.tick()
        urns.mix_all()
        assert (Sealed.objects.count(), Sheet.objects.count()) == (0, 1)
        assert Rollup.objects.get(question="ease", option="easy").count == 1
        assert PageCount.objects.get(page="=").count == 1

    def test_one_whose_rest_was_mixed_is_never_opened_again(self, secret):
        take_part(secret, PersonFactory())
        editor = editor_of(secret)
        move(secret, Act.CLOSE, by=editor)
        move(secret, Act.REOPEN, by=editor)
        move(secret, Act.CLOSE, by=editor)
        closing.tick()
        with pytest.raises(SurveyRefused, match="Its last anonymous answers have been mixed"):
            move(secret, Act.REOPEN, by=editor)

    def test_nor_by_a_later_close_or_a_larger_quota(self, secret):
        take_part(secret, PersonFactory())
        past(secret)
        closing.tick()
        secret.closes_at = timezone.now() + timezone.timedelta(days=1)
        with pytest.raises(SurveyRefused, match="Its last anonymous answers have been mixed"):
            save_survey(secret, by=editor_of(secret))

    def test_a_content_names_no_person_and_comes_back_whole(self):
        given = {"ease": Given(options=("easy",)), "ideas": Given(text="مرحبا 你好")}
        content = Content(7, "ar", "web", this_week(), 3, 1, given, organisation_kind="ngo")
        assert Content.from_bytes(content.to_bytes()) == content
        names = {"version", "language", "channel", "week", "minutes", "dropped", "answers"}
        assert set(vars(content)) == names | {"organisation_kind", "entered_by", "reference"}


class TestAtOnce:
    def test_thirty_for_the_last_place(self):
        survey = published(standard(quota=1))
        begun = [answer(survey, text=str(number)) for number in range(30)]
        acts = [lambda one=one: hand_in(one.draft, one.key, user=NOBODY, language="en") for one in begun]
        assert reasons(together(acts)) == ["state"] * 29
        survey.refresh_from_db()
        assert (survey.answer_count, Sealed.objects.count(), Participation.objects.count()) == (1, 1, 1)

    def test_thirty_for_the_last_place_with_names(self):
        survey = published(standard(quota=1, mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN, one_each=True))
        people = PersonFactory.create_batch(30)
        begun = [(person, answer(survey, person)) for person in people]
        acts = [lambda p=p, b=b: hand_in(b.draft, b.key, user=p, language="en") for p, b in begun]
        assert reasons(together(acts)) == ["state"] * 29
        assert (Sheet.objects.count(), Participation.objects.count()) == (1, 1)
        assert Rollup.objects.get(question="ease", option="").count == 1

    def test_one_person_in_ten_tabs_answers_once(self, secret):
        person = PersonFactory()
        begun = [answer(secret, person) for _tab in range(10)]
        acts = [lambda one=one: hand_in(one.draft, one.key, user=person, language="en") for one in begun]
        assert reasons(together(acts)) == ["once"] * 9
        secret.refresh_from_db()
        assert (secret.answer_count, Sealed.objects.count()) == (1, 1)

    def test_ten_clicks_on_one_draft_hand_in_once(self):
        survey = published(standard())
        one = answer(survey)
        results = together([lambda: hand_in(one.draft, one.key, user=NOBODY, language="en")] * 10)
        assert sum(result == "" for result in results) == 1
        assert set(reasons(results)) <= {"once", "done"}
        assert Sealed.objects.count() == 1

    def test_ten_clicks_with_a_name_hand_in_once(self):
        survey = published(standard(mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN))
        person = PersonFactory()
        one = answer(survey, person)
        results = together([lambda: hand_in(one.draft, "", user=person, language="en")] * 10)
        assert sum(result == "" for result in results) == 1
        assert set(reasons(results)) <= {"once", "done"}
        assert (Sheet.objects.count(), PageCount.objects.get(page="=").count) == (1, 1)

    def test_two_tabs_that_begin_have_one_draft(self):
        survey = published(standard(mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN))
        person = PersonFactory()
        results = together([lambda: begin(survey, user=person, language="en").draft.pk] * 8)
        assert len(set(results)) == 1
        assert PageCount.objects.get(page="").count == 1

    def test_pages_saved_in_two_tabs_lose_nothing(self):
        survey = published(standard())
        one = answer(survey)
        pages = questionnaire_in(one.draft.version)
        sent = {"p1": {"ease": ["easy"], "features": ["send"]}, "p2": {"ideas": ["both"]}}
        shown = frozenset(pages.questions)
        acts = [
            lambda code=code, fields=fields: save_page(
                one.draft, one.key, pages.page(code), PageSent(fields, shown, {}), language="en"
            )
            for code, fields in sent.items()
        ]
        together(acts)
        draft = Draft.objects.select_related("survey", "version").get()
        assert set(read(draft, one.key).answers) == {"ease", "features", "ideas"}

    def test_whoever_hands_in_while_it_closes_is_in_or_is_told(self, secret):
        people = PersonFactory.create_batch(12)
        begun = [(person, answer(secret, person)) for person in people]
        editor = editor_of(secret)
        acts = [lambda p=p, b=b: hand_in(b.draft, b.key, user=p, language="en") for p, b in begun]
        acts.insert(6, lambda: close_now(secret, editor))
        refused = reasons(together(acts))
        assert set(refused) <= {"state"}
        urns.mix_all()
        assert Sheet.objects.count() == Participation.objects.count() == 12 - len(refused)
        assert Sealed.objects.count() == 0


def close_now(survey, editor):
    move(survey, Act.CLOSE, by=editor)
    closing.tick()
    return ""


class TestOneInvitation:
    def test_an_invitation_is_spent_once_and_opens_what_the_audience_would_not(self):
        survey = published(standard(audience=Audience.INVITED, one_each=True))
        with pytest.raises(AnsweringRefused, match="invited"):
            begin(survey, user=NOBODY, language="en")
        first, second = (answer(survey, token_hash="a" * 64) for _turn in range(2))
        hand_in(first.draft, first.key, user=NOBODY, language="en")
        with pytest.raises(AnsweringRefused, match="once"):
            hand_in(second.draft, second.key, user=NOBODY, language="en")
        with pytest.raises(AnsweringRefused, match="once"):
            begin(survey, user=NOBODY, language="en", token_hash="a" * 64)
        assert Participation.objects.get().token_hash == "a" * 64


class TestSweeping:
    def test_drafts_go_after_thirty_days_and_ended_ones_on_the_next(self):
        survey = published(standard())
        today = timezone.localdate()
        for days, is_done in ((31, False), (30, False), (1, True), (0, True)):
            begun = begin(survey, user=NOBODY, language="en")
            touched = today - timezone.timedelta(days=days)
            Draft.objects.filter(pk=begun.draft.pk).update(touched_on=touched, is_done=is_done)
        assert closing.sweep() == 2
        found = Draft.objects.order_by("touched_on").values_list("touched_on", "is_done")
        assert list(found) == [(today - timezone.timedelta(days=30), False), (today, True)]


class TestEntered:
    @pytest.fixture
    def paper(self, monkeypatch):
        monkeypatch.setattr("surveys.services.handing_in.SAMPLE", 1)
        survey = published(standard(mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN))
        editor = editor_of(survey)
        reference = take_part(survey, editor, "on paper", channel=Channel.PAPER, entered_by=editor)
        return survey, editor, reference

    def test_it_is_marked_and_waits_for_a_second_look(self, paper):
        _survey, editor, reference = paper
        sheet = Sheet.objects.get()
        assert (sheet.channel, sheet.state, sheet.entered_by) == (Channel.PAPER, SheetState.LOOKED_FOR, editor)
        assert (sheet.reference, len(reference), sheet.minutes) == (reference, 6, None)
        assert sheet.participation.person is None
        with pytest.raises(LookRefused, match="own"):
            look(sheet, by=editor, is_right=True)
        with pytest.raises(LookRefused, match="right"):
            look(sheet, by=PersonFactory(), is_right=True)

    def test_what_is_the_same_stays(self, paper):
        survey, _editor, _reference = paper
        other = editor_of(survey)
        sheet = look(Sheet.objects.get(), by=other, is_right=True)
        assert (sheet.state, sheet.looked_at_by) == (SheetState.COUNTED, other)
        with pytest.raises(LookRefused, match="state"):
            look(sheet, by=other, is_right=False)

    def test_what_differs_leaves_the_results(self, paper):
        survey, _editor, _reference = paper
        take_part(survey, PersonFactory(), "on the web")
        sheet = look(Sheet.objects.get(channel=Channel.PAPER), by=editor_of(survey), is_right=False)
        assert sheet.state == SheetState.REFUSED
        counts = {(one.channel, one.question, one.option): one.count for one in Rollup.objects.all()}
        assert counts["paper", "ease", "easy"] == counts["paper", "ideas", ""] == 0
        assert counts["web", "ease", "easy"] == counts["web", "ideas", ""] == 1
        assert {one.channel: one.count for one in PageCount.objects.filter(page="=")} == {"paper": 0, "web": 1}
        assert Survey.objects.get().answer_count == 1

    def test_an_anonymous_one_goes_through_the_urn_too(self, monkeypatch):
        monkeypatch.setattr("surveys.services.handing_in.SAMPLE", 1)
        survey = published(standard())
        editor = editor_of(survey)
        reference = take_part(survey, editor, "by phone", channel=Channel.PHONE, entered_by=editor)
        assert Sheet.objects.count() == 0
        past(survey)
        closing.tick()
        urns.mix_all()
        sheet = Sheet.objects.get()
        assert (sheet.channel, sheet.reference, sheet.state) == ("phone", reference, SheetState.LOOKED_FOR)
        assert not Participation.objects.filter(person=editor).exists()

    def test_one_in_ten_waits(self, monkeypatch):
        drawn = iter([0, 1, 9, 5])
        monkeypatch.setattr("surveys.services.handing_in.secrets.randbelow", lambda most: next(drawn))
        survey = published(standard(mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN))
        editor = editor_of(survey)
        for _turn in range(4):
            take_part(survey, editor, channel=Channel.PAPER, entered_by=editor)
        assert Sheet.objects.filter(state=SheetState.LOOKED_FOR).count() == 1
