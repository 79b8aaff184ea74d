"""What tags and filters print, in the three languages."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from portal.web.templatetags import dates, marks, sawt, texts

MOMENT = datetime(2026, 12, 3, 13, 0, tzinfo=UTC)


def render(source, language="en", path="/", **context):
    """Render a template with our tags loaded."""
    with translation.override(language):
        return Template("{% load sawt %}" + source).render(Context({"request": RequestFactory().get(path), **context}))


@pytest.mark.parametrize(
    ("language", "day", "moment", "short", "hijri"),
    [
        (
            "ar",
            "3 ديسمبر 2026",
            "الخميس 3 ديسمبر 2026، 4:00\u00a0م",
            "3 ديسمبر 2026، 4:00\u00a0م",
            "23 جمادى الآخرة 1448هـ",
        ),
        (
            "en",
            "3 December 2026",
            "Thursday 3 December 2026, 16:00",
            "3 Dec 2026, 16:00",
            "23 Jumada al-Akhirah 1448 AH",
        ),
        ("zh-hans", "2026年12月3日", "2026年12月3日星期四 16:00", "2026年12月3日 16:00", "伊斯兰历1448年6月23日"),
    ],
)
def test_dates(language, day, moment, short, hijri):
    assert render("{{ m|day }}", language, m=MOMENT) == f'<time datetime="2026-12-03">{day}</time>'
    assert render("{{ m|moment }}", language, m=MOMENT) == f'<time datetime="2026-12-03T16:00+03:00">{moment}</time>'
    assert (
        render("{{ m|short_moment }}", language, m=MOMENT) == f'<time datetime="2026-12-03T16:00+03:00">{short}</time>'
    )
    tag = "zh-Hans" if language == "zh-hans" else language
    assert render("{{ m|hijri }}", language, m=MOMENT) == f'<bdi class="hijri" lang="{tag}">{hijri}</bdi>'


def test_a_late_evening_is_the_next_day_in_the_portals_zone():
    assert ">4 December 2026<" in render("{{ m|day }}", m=datetime(2026, 12, 3, 22, 0, tzinfo=UTC))
    assert render("{{ m|day }}", m=date(2026, 1, 2)) == '<time datetime="2026-01-02">2 January 2026</time>'


@pytest.mark.parametrize("outside", [date(1900, 1, 1), date(2100, 1, 1), None, "soon"])
def test_no_hijri_day_where_the_calendar_is_not_defined(outside):
    assert dates.hijri(outside) == ""


@pytest.mark.parametrize("nothing", [None, "", "soon"])
def test_no_date_prints_nothing(nothing):
    assert [f(nothing) for f in (dates.day, dates.moment, dates.short_moment, dates.closes_in, dates.opens_in)] == [
        ""
    ] * 5


@pytest.mark.parametrize(
    ("left", "closes", "opens"),
    [
        (timedelta(seconds=-1), "Closed", "Open"),
        (timedelta(minutes=30), "Closes in less than an hour", "Opens in less than an hour"),
        (timedelta(hours=1, minutes=5), "Closes in 1 hour", "Opens in 1 hour"),
        (timedelta(hours=23, minutes=5), "Closes in 23 hours", "Opens in 23 hours"),
        (timedelta(days=12), "Closes in 12 days", "Opens in 12 days"),
    ],
)
def test_what_is_left(left, closes, opens):
    with translation.override("en"):
        assert dates.closes_in(timezone.now() + left + timedelta(seconds=1)) == closes if left.days >= 0 else True
        assert dates.opens_in(timezone.now() + left + timedelta(seconds=1 if left.days >= 0 else 0)) == opens


def test_what_is_left_is_counted_in_days_of_the_calendar(monkeypatch):
    late = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: late)
    with translation.override("en"):
        assert dates.closes_in(MOMENT) == "Closes in 12 days"


@pytest.mark.parametrize(
    ("value", "shown"), [(1284, "1,284"), (0, "0"), (None, ""), ("", ""), (4.5, "4.5"), ("n/a", "n/a")]
)
@pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
def test_numbers(language, value, shown):
    with translation.override(language):
        assert marks.number(value) == shown


@pytest.mark.parametrize(
    ("language", "value", "shown"),
    [("en", 62, "62%"), ("ar", 62, "62٪"), ("en", 4.25, "4.3%"), ("en", 100.0, "100%"), ("zh-hans", 0, "0%")],
)
def test_percent(language, value, shown):
    with translation.override(language):
        assert marks.percent(value) == f'<bdi dir="ltr">{shown}</bdi>'


def test_percent_of_nothing():
    assert (marks.percent(None), marks.percent("many")) == ("", "many")


@pytest.mark.parametrize(("value", "shown"), [(0.9, "+0.9"), (-5, "−5"), (0, "0"), (-1200, "−1,200")])
def test_signed(value, shown):
    with translation.override("en"):
        assert marks.signed(value) == f'<bdi dir="ltr">{shown}</bdi>'


@pytest.mark.parametrize(("size", "shown"), [(10, "1 kB"), (312_400, "312 kB"), (1_140_000, "1.1 MB"), (None, "")])
def test_filesize(size, shown):
    with translation.override("en"):
        assert marks.filesize(size) == shown


def test_translated_text_is_escaped_and_marked():
    thing = SimpleNamespace(title_ar="عنوان <b>", title_en="")
    assert render("{% translated t 'title' %}", "ar", t=thing) == "عنوان &lt;b&gt;"
    shown = render("{% translated t 'title' %}", "en", t=thing)
    assert shown == (
        '<span class="foreign" lang="ar" dir="rtl">عنوان &lt;b&gt;</span>'
        '<span class="not-yet" lang="en" dir="ltr">Not yet in English</span>'
    )
    assert "not-yet" not in render("{% translated t 'title' marker=False %}", "en", t=thing)
    assert render("{% translated t 'missing' %}", "en", t=thing) == ""
    assert render("{{ t|plain:'title' }}", "en", t=thing) == "عنوان &lt;b&gt;"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("# Title", "<h2>Title</h2>\n"),
        ("## A\n\n### B", "<h2>A</h2>\n<h3>B</h3>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](https://a.example)", '<p><a href="https://a.example" rel="noopener noreferrer">x</a></p>\n'),
        ('<a href="/" onclick="x()">a</a>', '<p>&lt;a href="/" onclick="x()"&gt;a&lt;/a&gt;</p>\n'),
        ("**a** *b*", "<p><strong>a</strong> <em>b</em></p>\n"),
    ],
)
def test_markdown(source, expected):
    assert texts.markdown(source) == expected


def test_markdown_shows_no_picture_from_elsewhere():
    assert "<img" not in texts.markdown("![x](https://a.example/p.png)")


def test_markdown_at_another_level_and_with_tables():
    assert texts.markdown("## A\n\n##### B", 3) == "<h3>A</h3>\n<h6>B</h6>\n"
    with translation.override("en"):
        table = texts.markdown("| A |\n|--:|\n| 1 |\n")
    assert table.startswith('<div class="table-wrap" role="region" tabindex="0" aria-label="Table"><table>')
    assert "style" not in table


def test_translated_markdown():
    thing = SimpleNamespace(body_ar="نص **مهم**")
    assert render("{% translated_markdown t 'body' %}", "ar", t=thing) == (
        '<div class="prose" lang="ar" dir="rtl"><p>نص <strong>مهم</strong></p>\n</div>'
    )
    assert "Not yet in English" in render("{% translated_markdown t 'body' %}", "en", t=thing)


def test_paragraphs_of_a_person_are_inert():
    assert texts.paragraphs("a <i>b\nc\n\nd") == "<p>a &lt;i&gt;b<br>c</p>\n\n<p>d</p>"
    assert texts.paragraphs(None) == ""


def test_names_stand_apart():
    assert (
        render("{% person_name p %}", p=SimpleNamespace(display_name="\u202eevil<b>"))
        == "<bdi>\u202eevil&lt;b&gt;</bdi>"
    )
    assert render("{% person_name p %}", p=None) == "<bdi>A former participant</bdi>"


@pytest.mark.parametrize(
    ("name", "letter"),
    [("سارة", "سـ"), ("أحمد", "أ"), ("li", "L"), ("李文", "李"), ("\u200f 7", "–"), ("", "–"), (None, "–")],
)
def test_avatar(name, letter):
    assert texts.avatar(name) == f'<span class="avatar" aria-hidden="true">{letter}</span>'


@pytest.mark.parametrize(
    ("tag", "query"),
    [
        ("{% query_with sort='newest' %}", "?q=a%26b&amp;sort=newest"),
        ("{% query_with q='' %}", "?sort=best"),
        ("{% query_with name 'x' %}", "?q=a%26b&amp;sort=best&amp;topic=x"),
        ("{% page_link 3 %}", "?q=a%26b&amp;sort=best&amp;page=3&amp;after=z"),
    ],
)
def test_query(tag, query):
    assert render(tag, path="/?q=a%26b&sort=best&page=2&after=z", name="topic") == query


def test_status_has_icon_and_word():
    shown = render("{% status 'open' %}")
    assert 'class="tag tag-success"' in shown and "#comment" in shown and shown.endswith("Open</span>")
    assert render("{% status 'attention' word %}", word="Late <b>").endswith("Late &lt;b&gt;</span>")
    assert 'class="tag tag-neutral"' in render("{% status 'unknown' 'x' %}")


def test_icons_are_for_the_eye_and_those_that_point_mirror():
    assert render("{% icon 'check' %}") == (
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="/static/img/icons.svg#check"></use></svg>'
    )
    assert 'class="icon icon-mirror"' in render("{% icon 'arrow' %}")


def test_every_icon_used_is_drawn(settings):
    import re

    root = settings.BASE_DIR
    drawn = set(re.findall(r'id="([\w-]+)"', (root / "static/img/icons.svg").read_text()))
    used = {icon for _, icon, _ in marks.STATES.values()}
    for path in (root / "templates").rglob("*.html"):
        used |= set(re.findall(r"""\{% icon ["']([\w-]+)["'] %\}""", path.read_text()))
    assert used - drawn == set()


def test_rating_language_and_zone():
    assert "4.2 out of 5" in render("{% rating 4.2 %}")
    assert "★★★★</b>☆" in render("{% rating 4.2 %}")
    assert render("{% language_name 'zh-hans' %} {% zone %}") == "Chinese Riyadh time"
    assert (texts.lang_tag("zh-hans"), texts.lang_tag("en-gb"), texts.direction("ar")) == ("zh-Hans", "en-GB", "rtl")


@pytest.mark.parametrize("label", ["I agree.", "Whom?", "同意。", "من؟", "Note:", "您同意吗？ "])
def test_a_label_that_ends_like_a_sentence_is_told(label):
    assert sawt.is_sentence(label)
    assert not sawt.is_sentence("Name")


def test_a_title_says_first_that_there_are_errors():
    assert render("{% form_title form 'Sign in' %}", form=SimpleNamespace(errors={})) == "Sign in"
    assert render("{% form_title form 'Sign in' %}", form=SimpleNamespace(errors={"name": ["?"]})) == "Error: Sign in"
    assert render("{% form_title nothing title %}", title="<b>") == "&lt;b&gt;"


def test_a_message_is_shown_at_its_place_or_on_top():
    said = [
        SimpleNamespace(message=word, extra_tags=place)
        for word, place in (("vote", "poll"), ("far", "c-9"), ("top", ""))
    ]
    source = "{% messages_at anchor as shown %}{% for one in shown %}{{ one.message }} {% endfor %}"
    page = {"messages": said, "anchors": {"poll", "c-1"}}
    assert render(source, anchor="poll", **page) == "vote "
    assert render(source, anchor="c-1", **page) == ""
    assert render(source, anchor="c-9", **page) == ""
    assert render(source, **page) == "far top "
    assert render(source, messages=said) == "vote far top "
