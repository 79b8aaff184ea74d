"""Answers for tests: sheets with their counters, as handing in writes them."""

from datetime import date, timedelta
from decimal import Decimal

from surveys.choices import Channel
from surveys.rules.values import Answer
from surveys.services.counting import BEGUN, Group, count_page
from surveys.services.handing_in import Content, record_sheets

FIRST_WEEK = date(2026, 9, 7)


def week(number):
    """Return the Monday of a week, counted from 0."""
    return FIRST_WEEK + timedelta(days=7 * number)


def one(option):
    """Return the answer of one choice."""
    return Answer(options=(option,))


def several(*options):
    """Return the answer of several choices."""
    return Answer(options=options)


def points(number):
    """Return the answer of a scale or a number."""
    return Answer(number=Decimal(number))


def hand_in(survey, given, *, language="ar", channel=Channel.WEB, at=0, minutes=5, kind="", times=1):
    """Write so many equal sheets down; whoever hands in has begun and saved every page."""
    version = survey.version
    content = Content(version.pk, language, channel, week(at), minutes, 0, given, organisation_kind=kind)
    if survey.is_anonymous:
        found = record_sheets(survey, [content] * times)
    else:
        found = [sheet for _ in range(times) for sheet in record_sheets(survey, [content])]
    group = Group(survey.pk, version.number, language, channel, week(at))
    for page in (BEGUN, *(page["code"] for page in version.structure["pages"])):
        count_page(group, page, by=times)
    type(survey).objects.filter(pk=survey.pk).update(answer_count=survey.sheets.count())
    return found


def begin(survey, *, language="ar", at=0, pages=(), times=1):
    """Count people who began, saved these pages and left."""
    group = Group(survey.pk, survey.version.number, language, Channel.WEB, week(at))
    for page in (BEGUN, *pages):
        count_page(group, page, by=times)
