"""Results: exact numbers, filters, what is withheld, the last round, and how many queries they take."""

from collections import Counter
from datetime import date

import pytest
from django.utils.translation import override

from surveys.choices import Audience, Channel, Mode, QuestionKind
from surveys.models import Answer, Sheet
from surveys.rules.significance import Word
from surveys.rules.values import Answer as Given
from surveys.selectors.results import NotOffered, results_of
from surveys.selectors.results_comparing import is_same
from surveys.selectors.results_shape import Filters
from tests.surveys.answers import begin, hand_in, one, points, several, week
from tests.surveys.factories import make_page, make_question, make_survey, published, shape

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    """Read everything in English."""
    with override("en"):
        yield


def rich(mode=Mode.IDENTIFIED, **fields):
    """Return a published survey with a question of each kind that is counted."""
    audience = Audience.SIGNED_IN if mode == Mode.IDENTIFIED else Audience.EVERYONE
    survey = make_survey(mode=mode, audience=audience, **fields)
    first, second = make_page(survey, "p1"), make_page(survey, "p2")
    make_question(first, "pick", options=("a", "b", "c"))
    make_question(first, "many", QuestionKind.MULTIPLE, options=("x", "y", "z"))
    make_question(first, "happy", QuestionKind.SCALE)
    make_question(first, "stars", QuestionKind.RATING)
    make_question(second, "friends", QuestionKind.NPS)
    make_question(second, "ease", QuestionKind.CES)
    make_question(second, "parts", QuestionKind.MATRIX, options=("good", "bad"), rows=("speed", "look"))
    make_question(second, "hours", QuestionKind.NUMBER)
    make_question(second, "since", QuestionKind.DATE)
    make_question(second, "why", QuestionKind.LONG)
    return published(survey)


def sheet(pick="a", many=("x",), happy=4, stars=5, friends=9, ease=6, parts=("good", "bad"), hours=3, text=""):
    """Return a whole set of answers."""
    given = {
        "pick": one(pick),
        "many": several(*many),
        "happy": points(happy),
        "stars": points(stars),
        "friends": points(friends),
        "ease": points(ease),
        "parts": Given(rows=dict(zip(("speed", "look"), parts, strict=True))),
        "hours": points(hours),
        "since": Given(day=date(2026, 1, 1)),
    }
    return given | ({"why": Given(text=text)} if text else {})


@pytest.fixture
def survey():
    """An identified survey with 60 answers."""
    found = rich()
    hand_in(found, sheet(), times=25, minutes=4)
    hand_in(found, sheet("b", ("x", "y"), 2, 1, 3, 2, ("bad", "bad"), 10), times=15, language="en", at=1, minutes=10)
    phone = sheet("c", ("z",), 5, 4, 10, 7, ("good", "good"), 7)
    hand_in(found, phone, times=20, channel=Channel.PHONE, at=2, minutes=7)
    begin(found, pages=("p1",), times=12)
    begin(found, times=8)
    found.refresh_from_db()
    return found


def question(results, code):
    """Return one question of results."""
    return next(each for each in results.questions if each.code == code)


def counts(found):
    """Return the counts of bars by code."""
    return {bar.code: bar.count for bar in found.bars}


def tile(results, code):
    """Return one figure."""
    return next(each for each in results.tiles if each.code == code)


class TestNumbers:
    def test_counts_are_those_of_the_answers(self, survey):
        results = results_of(survey)
        rows = Answer.objects.filter(sheet__survey=survey)
        for code in ("pick", "many"):
            wanted = Counter(rows.filter(question=code).values_list("option", flat=True))
            assert counts(question(results, code)) == wanted
        for code in ("happy", "stars", "friends", "ease"):
            wanted = Counter(str(int(value)) for value in rows.filter(question=code).values_list("number", flat=True))
            assert {name: count for name, count in counts(question(results, code)).items() if count} == wanted
        lines = {line.code: {bar.code: bar.count for bar in line.bars} for line in question(results, "parts").lines}
        assert lines == {"speed": {"good": 45, "bad": 15}, "look": {"good": 20, "bad": 40}}
        assert [(bar.label.text, bar.count) for bar in question(results, "hours").bars] == [
            ("3", 25),
            ("7", 20),
            ("10", 15),
        ]
        assert (question(results, "why").answered, results.answers) == (0, 60)

    def test_headlines(self, survey):
        results = results_of(survey)
        assert [each.code for each in results.tiles] == ["n", "response", "completion", "minutes", "csat", "nps", "ces"]
        assert (tile(results, "n").shown, tile(results, "completion").shown) == ("60", "75%")
        # 25 of 4, 20 of 7, 15 of 10 minutes: the middle two are the 30th and 31st.
        assert tile(results, "minutes").shown == "7 min"
        assert tile(results, "csat").estimate.value == 0.75
        assert tile(results, "nps").estimate.value == pytest.approx(100 * (45 - 15) / 60)
        assert tile(results, "ces").estimate.value == pytest.approx((25 * 6 + 15 * 2 + 20 * 7) / 60)

    def test_shares_are_of_those_who_answered(self, survey):
        hand_in(survey, {"pick": one("a")}, times=4)
        results = results_of(survey)
        assert question(results, "pick").bars[0].share == pytest.approx(100 * 29 / 64)
        assert question(results, "many").answered == 60
        assert question(results, "many").bars[0].share == pytest.approx(100 * 40 / 60)

    def test_where_people_leave(self, survey):
        assert [(page.code, page.count) for page in results_of(survey).pages] == [("p1", 72), ("p2", 60)]
        assert results_of(survey).pages[0].share == pytest.approx(90)

    def test_what_was_taken_out_is_not_counted(self, survey):
        taken = Sheet.objects.filter(survey=survey, channel=Channel.PHONE).first()
        Sheet.objects.filter(pk=taken.pk).update(state="refused")
        results = results_of(survey)
        assert results.answers == 59
        assert [bar.count for bar in question(results, "hours").bars] == [25, 19, 15]

    def test_versions_are_apart(self, survey):
        assert results_of(survey, 1).numbers == (1,)
        with pytest.raises(LookupError):
            results_of(survey, 2)


class TestFilters:
    @pytest.mark.parametrize(
        ("filters", "wanted"),
        [
            (Filters(language="en"), {"a": 0, "b": 15, "c": 0}),
            (Filters(channel=Channel.WEB), {"a": 25, "b": 15, "c": 0}),
            (Filters(language="ar", channel=Channel.WEB), {"a": 25, "b": 0, "c": 0}),
            (Filters(since=week(1)), {"a": 0, "b": 15, "c": 20}),
            (Filters(since=week(0), until=week(1)), {"a": 25, "b": 15, "c": 0}),
            (Filters(week=week(2), language="ar"), {"a": 0, "b": 0, "c": 20}),
        ],
    )
    def test_identified_ones_are_narrowed_by_anything(self, survey, filters, wanted):
        results = results_of(survey, filters=filters)
        assert counts(question(results, "pick")) == wanted
        assert results.answers == sum(wanted.values())
        assert sum(bar.count for bar in question(results, "hours").bars) == results.answers

    def test_nobody_in_a_combination(self, survey):
        assert results_of(survey, filters=Filters(language="zh-hans")).is_empty

    def test_values_are_offered_with_their_numbers(self, survey):
        found = {one.code: [(each.value, each.count) for each in one.choices] for one in results_of(survey).dimensions}
        assert found["language"] == [("ar", 45), ("en", 15)]
        assert found["week"] == [(str(week(0)), 25), (str(week(1)), 15), (str(week(2)), 20)]
        assert "kind" not in found

    def test_organisations_are_told_by_kind(self):
        survey = rich()
        hand_in(survey, sheet(), times=3, kind="company")
        hand_in(survey, sheet("b"), times=2, kind="association")
        results = results_of(survey, filters=Filters(kind="company"))
        assert counts(question(results, "pick")) == {"a": 3, "b": 0, "c": 0}
        assert results.pages == () and tile(results, "completion").shown == ""


class TestWithheld:
    @pytest.fixture
    def anonymous(self):
        """60 in Arabic, 40 in English, 4 in Chinese, one of whom is alone in what they say."""
        survey = rich(Mode.ANONYMOUS)
        hand_in(survey, sheet("a"), times=35)
        hand_in(survey, sheet("b"), times=25)
        hand_in(survey, sheet("b", hours=9), times=40, language="en", at=1)
        hand_in(survey, sheet("c", happy=1), times=1, language="zh-hans", at=2)
        hand_in(survey, sheet("a"), times=3, language="zh-hans", at=2)
        survey.refresh_from_db()
        return survey

    @pytest.mark.parametrize("audience", ["staff", "public"])
    def test_whoever_is_alone_is_not_found(self, anonymous, audience):
        results = results_of(anonymous, audience=audience)
        # One said c: it and the next smallest are withheld.
        assert counts(question(results, "pick")) == {"a": None, "b": 65, "c": None}
        assert question(results, "happy").figures == ()
        assert question(results, "pick").has_withheld

    def test_the_small_language_does_not_come_out_of_the_others(self, anonymous):
        views = {code: results_of(anonymous, filters=Filters(language=code)) for code in ("ar", "en", "zh-hans")}
        assert [views[code].is_withheld for code in ("ar", "en", "zh-hans")] == [False, True, True]
        assert [views[code].answers for code in ("ar", "en", "zh-hans")] == [60, None, None]
        language = next(one for one in views["ar"].dimensions if one.code == "language")
        assert [(one.value, one.count) for one in language.choices] == [("ar", 60), ("en", None), ("zh-hans", None)]

    def test_differences_of_everything_that_is_shown_give_no_small_count(self, anonymous):
        whole = results_of(anonymous)
        dimensions = {"language": ["ar", "en", "zh-hans"], "week": [week(0), week(1), week(2)], "channel": ["web"]}
        for name, values in dimensions.items():
            for code in ("pick", "happy", "stars", "friends"):
                everything = counts(question(whole, code))
                parts = [results_of(anonymous, filters=Filters(**{name: value})) for value in values]
                shown = [counts(question(part, code)) for part in parts if part.questions]
                for option, total in everything.items():
                    known = [part.get(option) for part in shown]
                    if total is None:
                        assert all(one is None for one in known)
                    elif None not in known:
                        rest = total - sum(known)
                        assert rest == 0 or rest >= 10

    def test_one_thing_at_a_time_and_whole_weeks(self, anonymous):
        for filters in (
            Filters(language="ar", channel="web"),
            Filters(since=week(0)),
            Filters(until=week(1)),
            Filters(language="ar", week=week(0)),
        ):
            with pytest.raises(NotOffered):
                results_of(anonymous, filters=filters)

    def test_fewer_than_ten_show_nothing_at_all(self):
        survey = rich(Mode.ANONYMOUS)
        hand_in(survey, sheet(), times=9)
        results = results_of(survey)
        assert results.is_withheld and results.answers is None and results.questions == results.tiles == ()
        hand_in(survey, sheet())
        assert results_of(survey).answers == 10

    def test_numbers_and_days_stand_in_steps_of_ten_or_more(self, anonymous):
        results = results_of(anonymous)
        assert [(bar.label.text, bar.count) for bar in question(results, "hours").bars] == [("3", 64), ("9", 40)]
        hand_in(anonymous, sheet(hours=1000))
        results = results_of(anonymous)
        assert [(bar.label.text, bar.count) for bar in question(results, "hours").bars] == [
            ("3", 64),
            ("9 and more", 41),
        ]
        assert "1,000" not in str(results)

    def test_of_0_to_10_three_parts_are_shown_where_a_point_is_small(self):
        survey = rich(Mode.ANONYMOUS)
        for friends, times in ((10, 20), (9, 5), (8, 15), (3, 6), (2, 8)):
            hand_in(survey, sheet(friends=friends), times=times)
        results = results_of(survey)
        assert counts(question(results, "friends")) == {"promoters": 25, "passives": 15, "detractors": 14}
        assert tile(results, "nps").estimate.value == pytest.approx(100 * (25 - 14) / 54)

    def test_the_public_sees_no_drop_off(self, anonymous):
        assert results_of(anonymous, audience="public").pages == ()


class TestLastRound:
    def rounds(self, mode=Mode.IDENTIFIED, now=((5, 60), (3, 40)), before=((2, 60), (3, 40))):
        first = rich(mode)
        for happy, times in before:
            hand_in(first, sheet(happy=happy), times=times)
        second = rich(mode, previous=first)
        for happy, times in now:
            hand_in(second, sheet(happy=happy), times=times)
        return first, second

    def test_one_changed_and_the_others_did_not(self):
        first, second = self.rounds()
        results = results_of(second)
        assert (results.last_round.code, results.last_round.answers) == (first.code, 100)
        words = {one.code: {each.word for each in one.compared} for one in results.questions}
        assert words["happy"] == {Word.CHANGED}
        assert words["stars"] == words["pick"] == words["friends"] == words["hours"] == {Word.CHANCE}
        happy = question(results, "happy").compared[0]
        assert (happy.before, happy.now, happy.told) == ("2.4", "4.2", "Changed")
        assert {bar.code: bar.before for bar in question(results, "happy").bars}["2"] == 60
        assert {line.compared.word for line in question(results, "parts").lines} <= {Word.CHANCE, Word.TOO_FEW}

    def test_few_are_not_compared(self):
        _first, second = self.rounds(now=((5, 29),))
        assert question(results_of(second), "happy").compared[0].word == Word.TOO_FEW

    def test_a_question_asked_otherwise_is_not_compared(self):
        asked = {"pick": shape("pick", options=("a", "b")), "happy": shape("happy", QuestionKind.SCALE, scale="ease")}
        for code, question in asked.items():
            assert is_same(question, question)
            assert not is_same(question, None)
            assert not is_same(question, asked["happy" if code == "pick" else "pick"])
        assert not is_same(asked["pick"], shape("pick", options=("a", "b", "c")))
        assert not is_same(asked["happy"], shape("happy", QuestionKind.SCALE, scale="quality"))

    def test_what_is_withheld_stays_so(self):
        _first, second = self.rounds(Mode.ANONYMOUS, before=((2, 60), (3, 40), (5, 2)))
        happy = question(results_of(second), "happy").compared[0]
        assert (happy.before, happy.word) == ("withheld", Word.CHANGED)

    def test_parts_are_not_compared(self):
        _first, second = self.rounds()
        assert results_of(second, filters=Filters(language="ar")).last_round is None

    def test_the_public_sees_the_last_round_once_it_is_published(self):
        _first, second = self.rounds()
        assert results_of(second, audience="public").last_round is None


class TestQueries:
    @pytest.mark.parametrize("questions", [1, 3, 20])
    def test_as_many_whatever_is_asked(self, questions, django_assert_max_num_queries):
        surveys = []
        for _round in range(2):
            survey = make_survey(previous=surveys[0] if surveys else None)
            page = make_page(survey)
            kinds = [QuestionKind.NUMBER, QuestionKind.SCALE, QuestionKind.SINGLE]
            for number in range(questions):
                make_question(page, f"q{number}", kinds[number % 3])
            surveys.append(published(survey))
            hand_in(surveys[-1], {"q0": points(3)}, times=40)
        with django_assert_max_num_queries(18):
            results_of(surveys[1])
