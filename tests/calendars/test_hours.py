"""The page of working hours, the holidays to start with, and calendars in the admin."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from portal import registry
from portal.accounts.choices import Role
from portal.audit.models import Entry
from portal.calendars import services
from portal.calendars.choices import Cause, Level
from portal.calendars.models import Calendar, DatedHours, Deadline, Holiday, Promise, Recount, ServiceLevel, Window
from portal.calendars.selectors import bodies_hours, next_turn
from portal.calendars.services import CalendarRefused, load_starters, promise
from tests.calendars import calendar_of, holiday, riyadh
from tests.factories import OrganisationFactory, PersonFactory, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def ministry():
    """The ministry, with the agreed calendar."""
    found = OrganisationFactory(kind="ministry", name_en="The Ministry")
    calendar_of(found)
    return found


# The page


def hours_at(moment):
    (found,) = bodies_hours(moment)
    return found.calendars[0]


@pytest.mark.parametrize(
    ("moment", "is_open", "opens_next"),
    [
        ("04-05 07:59:59", False, datetime(2026, 4, 5, 8)),
        ("04-05 08:00", True, None),
        ("04-05 16:00", False, datetime(2026, 4, 6, 8)),
        ("04-09 16:00", False, datetime(2026, 4, 12, 8)),
        ("09-23 10:00", False, datetime(2026, 9, 24, 8)),
    ],
)
def test_whether_it_is_open_and_when_it_opens_next(ministry, moment, is_open, opens_next):
    found = hours_at(riyadh(moment))
    assert (found.is_open, found.opens_next) == (is_open, opens_next)


def test_a_holiday_is_named_today(ministry):
    found = hours_at(riyadh("09-23 10:00"))
    assert (found.windows_today, found.holiday_today.name_en) == ([], "Holiday")


def test_dated_hours_take_the_place_of_the_week(ministry):
    calendar = ministry.calendars.get()
    names = {"name_ar": "رمضان", "name_en": "Ramadan", "name_zh_hans": "斋月"}
    days = {"first_day": date(2026, 2, 18), "last_day": date(2026, 3, 18), "calendar": calendar}
    DatedHours.objects.create(**names, **days, opens=time(10), closes=time(15))
    DatedHours.objects.create(**names, **days, weekday=3, opens=time(10), closes=time(12))
    sunday, thursday, friday = (hours_at(riyadh(f"03-0{day} 11:00")) for day in (1, 5, 6))
    assert [[(each.opens, each.closes) for each in day.windows_today] for day in (sunday, thursday, friday)] == [
        [(time(10), time(15))],
        [(time(10), time(12))],
        [],
    ]
    assert (sunday.dated_today.name_en, friday.dated_today) == ("Ramadan", None)


def test_bodies_without_hours_of_their_own_keep_those_of_the_ministry(ministry):
    body = OrganisationFactory(parent=ministry)
    assert [(each.body, each.follows) for each in bodies_hours(timezone.now())] == [(ministry, None), (body, ministry)]


@pytest.mark.parametrize(
    ("moment", "turn"),
    [
        ("04-05 07:00", "04-05 08:00"),
        ("04-05 08:00", "04-05 16:00"),
        ("04-05 16:00", "04-06 00:00"),
        ("04-10 09:00", "04-11 00:00"),
    ],
)
def test_kept_pages_end_when_the_hours_say_something_else(ministry, moment, turn):
    assert next_turn(riyadh(moment)) == registry.turns["hours"](riyadh(moment)) == riyadh(turn)


def test_without_calendars_nothing_turns():
    assert next_turn(timezone.now()) is None


@pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
def test_the_page_in_each_language(client, ministry, language):
    Holiday.objects.create(
        country="SA",
        name_ar="يوم",
        name_en="Day",
        name_zh_hans="日",
        **dict.fromkeys(("first_day", "last_day"), soon()),
    )
    ministry.calendars.update(country="SA")
    page = client.get(f"/{language}/hours/")
    assert page.status_code == 200
    assert {"ar": "يوم", "en": "Day", "zh-hans": "日"}[language] in page.text
    assert {"ar": "هـ", "en": " AH", "zh-hans": "伊斯兰历"}[language] in page.text


def soon():
    return timezone.localdate() + timedelta(days=9)


def test_what_is_not_confirmed_says_so(client, ministry):
    services.save_holiday(holiday(soon(), soon(), calendar=ministry.calendars.get(), is_expected=True), by=None)
    page = client.get("/en/hours/").text
    assert ("To be confirmed" in page, "Subject to the moon" in page) == (True, True)
    for each in Holiday.objects.all():
        services.confirm_holiday(each, is_confirmed=True, by=PersonFactory())
    assert "To be confirmed" not in client.get("/en/hours/").text


def test_an_unobserved_holiday_is_no_holiday(client, ministry):
    services.save_holiday(holiday(soon(), soon(), calendar=ministry.calendars.get(), is_observed=False), by=None)
    found = hours_at(timezone.now())
    assert soon() not in [each.first_day for each in found.coming_holidays]


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_as_often_for_three_bodies_as_for_one(count, django_assert_num_queries):
    for _number in range(count):
        calendar_of(OrganisationFactory())
    with django_assert_num_queries(5):
        found = bodies_hours(timezone.now())
        assert [each.calendars[0].week[0].windows[0].opens for each in found] == [time(8)] * count


def test_the_footer_leads_there(client, ministry):
    assert 'href="/ar/hours/"' in client.get("/ar/about/").text


def test_the_page_without_calendars(client):
    assert "No working hours have been published yet." in client.get("/en/hours/").text


# The holidays to start with


def test_holidays_are_seeded_once_and_wait_for_a_person():
    load_starters()
    Holiday.objects.filter(key="sa-2026-national").update(is_observed=False)
    load_starters()
    found = {each.key: each for each in Holiday.objects.all()}
    assert len(found) == 28
    assert {each.confirmed_at for each in found.values()} == {None}
    assert found["sa-2026-national"].is_observed is False
    assert all(each.name_ar and each.name_en and each.name_zh_hans for each in found.values())


@pytest.mark.parametrize(
    ("key", "first", "last", "is_expected"),
    [
        ("sa-2026-founding", date(2026, 2, 22), date(2026, 2, 22), False),
        ("sa-2026-fitr", date(2026, 3, 19), date(2026, 3, 24), True),
        ("sa-2027-national", date(2027, 9, 23), date(2027, 9, 23), False),
        ("ae-2026-union", date(2026, 12, 2), date(2026, 12, 3), False),
        ("ae-2027-hijri-year", date(2027, 6, 6), date(2027, 6, 6), True),
        ("qa-2026-sport", date(2026, 2, 10), date(2026, 2, 10), False),
        ("qa-2027-national", date(2027, 12, 18), date(2027, 12, 18), False),
    ],
)
def test_the_dates_of_holidays(key, first, last, is_expected):
    load_starters()
    found = Holiday.objects.get(key=key)
    assert (found.first_day, found.last_day, found.is_expected) == (first, last, is_expected)


# What cannot be so


@pytest.mark.parametrize(
    ("windows", "problem"),
    [
        ([(0, "08:00", "08:00")], "Closing comes before opening: hours past midnight belong to the next day."),
        ([(0, "16:00", "08:00")], "Closing comes before opening: hours past midnight belong to the next day."),
        ([(0, "08:00", "12:00"), (0, "11:59", "16:00")], "Two windows of one day overlap."),
    ],
)
def test_impossible_hours_are_refused(windows, problem):
    calendar = Calendar(organisation=OrganisationFactory(), name_en="Hours")
    rows = [Window(weekday=day, opens=time.fromisoformat(a), closes=time.fromisoformat(b)) for day, a, b in windows]
    with pytest.raises(CalendarRefused) as refused:
        services.save_calendar(calendar, windows=rows, by=None)
    with translation.override("en"):
        assert [str(each) for each in refused.value.problems] == [problem]
    assert not Calendar.objects.exists()


def test_midnight_and_several_windows_are_possible():
    rows = [(0, "08:00", "12:00"), (0, "12:00", "00:00")]
    windows = [Window(weekday=day, opens=time.fromisoformat(a), closes=time.fromisoformat(b)) for day, a, b in rows]
    found = services.save_calendar(Calendar(organisation=OrganisationFactory()), windows=windows, by=None)
    assert found.windows.count() == 2


def test_a_body_has_one_main_calendar(ministry):
    with pytest.raises(IntegrityError), transaction.atomic():
        calendar_of(ministry)


def test_a_level_keeps_to_calendars_of_its_body_and_those_above(ministry):
    body, stranger = OrganisationFactory(parent=ministry), OrganisationFactory()
    level = {"level": Level.ENQUIRY, "reply_amount": 2, "reply_unit": "working_days"}
    services.save_level(ServiceLevel(organisation=body, calendar=ministry.calendars.get(), **level), by=None)
    with pytest.raises(CalendarRefused):
        services.save_level(ServiceLevel(organisation=body, calendar=calendar_of(stranger), **level), by=None)


# The admin


def form_of(calendar, *windows, **fields):
    """Return what the admin's page of a calendar sends, with these windows added."""
    data = {
        "organisation": calendar.organisation_id,
        "name_ar": "دوام",
        "name_en": "Hours",
        "name_zh_hans": "工作时间",
        "time_zone": "Asia/Riyadh",
        "country": "",
        "is_main": "on",
    }
    rows = list(calendar.windows.all()) if calendar.pk else []
    for prefix, total, initial in (
        ("windows", len(rows) + len(windows), len(rows)),
        ("dated_hours", 0, 0),
        ("holidays", 0, 0),
    ):
        data |= {f"{prefix}-TOTAL_FORMS": total, f"{prefix}-INITIAL_FORMS": initial}
    for number, row in enumerate(rows):
        own = {"id": row.pk, "calendar": calendar.pk, "weekday": row.weekday, "opens": row.opens, "closes": row.closes}
        data |= {f"windows-{number}-{name}": value for name, value in own.items()}
    for number, (weekday, opens, closes) in enumerate(windows, start=len(rows)):
        own = {"weekday": weekday, "opens": opens, "closes": closes}
        data |= {f"windows-{number}-{name}": value for name, value in own.items()}
    return data | fields


@pytest.fixture
def administrator(client, ministry):
    """An administrator of the ministry, signed in."""
    person = staff(Role.ADMINISTRATOR, ministry)
    client.force_login(person)
    return person


def test_an_administrator_writes_a_calendar(client, administrator, ministry):
    body = OrganisationFactory(parent=ministry)
    page = client.post("/en/admin/calendars/calendar/add/", form_of(Calendar(organisation=body), (0, "08:00", "12:00")))
    assert page.status_code == 302
    found = body.calendars.get()
    assert (found.name_zh_hans, found.windows.get().closes) == ("工作时间", time(12))
    assert Entry.objects.filter(action="calendar.saved", actor_id=administrator.pk).count() == 1


@pytest.mark.parametrize(
    ("windows", "fields", "problem"),
    [
        ([], {}, "A calendar needs at least one working day"),
        ([(0, "12:00", "08:00")], {}, "Closing comes before opening"),
        ([(0, "08:00", "12:00"), (0, "11:00", "13:00")], {}, "Two windows of one day overlap."),
        ([(0, "08:00", "12:00")], {"time_zone": "Mars/Olympus"}, "There is no such time zone"),
    ],
)
def test_the_admin_refuses_what_cannot_be_so(client, administrator, ministry, windows, fields, problem):
    body = OrganisationFactory(parent=ministry)
    page = client.post("/en/admin/calendars/calendar/add/", form_of(Calendar(organisation=body), *windows, **fields))
    assert (page.status_code, problem in page.text, body.calendars.count()) == (200, True, 0)


def holiday_form(**fields):
    days = {"first_day": "2026-12-07", "last_day": "2026-12-07", "is_observed": "on"}
    return {"country": "SA", "name_ar": "يوم", "name_en": "Storm day", "name_zh_hans": "日"} | days | fields


def test_before_a_holiday_is_saved_the_admin_shows_what_moves(
    client, administrator, ministry, django_capture_on_commit_callbacks
):
    ministry.calendars.update(country="SA")
    deadline = promise(Level.COMPLAINT, body=ministry, start=riyadh("12-06 09:30"))
    asked = client.post("/en/admin/calendars/holiday/add/", holiday_form())
    assert (asked.status_code, Holiday.objects.filter(country="SA").count()) == (200, 0)
    assert [move.after for move in asked.context_data["preview"].moves] == [riyadh("12-09 16:00")]
    assert "1 open deadline moves when you save this." in asked.text
    assert not Entry.objects.filter(action="holiday.saved", actor_id=administrator.pk).exists()
    with django_capture_on_commit_callbacks(execute=True):
        saved = client.post(
            "/en/admin/calendars/holiday/add/",
            dict(asked.context_data["typed"]) | {"_confirmed": "1", "_reason": "Storm."},
        )
    deadline.refresh_from_db()
    assert (saved.status_code, deadline.due_at) == (302, riyadh("12-09 16:00"))
    assert Promise.objects.get(cause=Cause.CALENDAR).reason.text == "Storm."
    assert Recount.objects.get().finished_at is not None


def test_who_goes_back_finds_what_was_typed(client, administrator, ministry):
    ministry.calendars.update(country="SA")
    promise(Level.COMPLAINT, body=ministry, start=riyadh("12-06 09:30"))
    page = client.post("/en/admin/calendars/holiday/add/", holiday_form(_back="1"))
    assert (page.status_code, 'value="Storm day"' in page.text) == (200, True)
    assert not Holiday.objects.filter(country="SA").exists()


def test_what_moves_nothing_is_saved_at_once(client, administrator, ministry):
    page = client.post("/en/admin/calendars/holiday/add/", holiday_form(is_confirmed="on"))
    assert page.status_code == 302
    found = Holiday.objects.get(country="SA")
    assert (found.confirmed_by, Deadline.objects.count()) == (administrator, 0)


@pytest.mark.parametrize("model", ["calendar", "servicelevel", "deadline", "holiday", "recount"])
def test_staff_of_one_body_see_nothing_of_another(client, ministry, model):
    client.force_login(staff(Role.ADMINISTRATOR, OrganisationFactory()))
    promise(Level.COMPLAINT, body=ministry, start=riyadh("04-05 09:30"))
    page = client.get(f"/en/admin/calendars/{model}/")
    assert page.status_code in (200, 403)
    if page.status_code == 200:
        assert page.context_data["cl"].result_count == 0
    change = client.get(f"/en/admin/calendars/calendar/{ministry.calendars.get().pk}/change/")
    assert change.status_code == 302


def test_an_agent_reads_and_changes_nothing(client, ministry):
    client.force_login(staff(Role.AGENT, ministry))
    calendar = ministry.calendars.get()
    address = f"/en/admin/calendars/calendar/{calendar.pk}/change/"
    assert client.get(address).status_code == 200
    assert client.post(address, form_of(calendar)).status_code == 403


def test_the_admin_shows_a_deadline_with_its_history(client, administrator, ministry):
    deadline = promise(Level.COMPLAINT, body=ministry, start=riyadh("04-05 09:30"))
    services.extend(deadline, amount=1, unit="working_days", reason="<i>More</i>.", by=administrator)
    page = client.get(f"/en/admin/calendars/deadline/{deadline.pk}/change/").text
    assert ("It was extended by 1 working day." in page, "&lt;i&gt;More&lt;/i&gt;." in page, "<i>More" in page) == (
        True,
        True,
        False,
    )
