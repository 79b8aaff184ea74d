"""The figures once more, by SQL written apart from the code under test."""

from datetime import datetime
from typing import Any

from django.db import connection

BODY = "(%(body)s::bigint IS NULL OR {0}.organisation_id = %(body)s)"
_TAKING_PART = f"""
    SELECT c.author_id AS person FROM comments_comment c JOIN comments_thread t ON t.id = c.thread_id
     WHERE c.created_at >= %(start)s AND c.created_at < %(end)s AND {BODY.format("t")} AND c.official_for_id IS NULL
    UNION SELECT v.person_id FROM comments_commentvote v JOIN comments_comment c ON c.id = v.comment_id
      JOIN comments_thread t ON t.id = c.thread_id
     WHERE v.created_at >= %(start)s AND v.created_at < %(end)s AND {BODY.format("t")}
    UNION SELECT v.person_id FROM polls_turnout v JOIN polls_poll p ON p.id = v.poll_id
     WHERE v.voted_at >= %(start)s AND v.voted_at < %(end)s AND {BODY.format("p")}
    UNION SELECT r.reporter_id FROM moderation_report r JOIN moderation_case k ON k.id = r.case_id
     WHERE r.created_at >= %(start)s AND r.created_at < %(end)s AND r.reporter_id IS NOT NULL AND {BODY.format("k")}
"""
_STATUS = """(SELECT s.status FROM consultations_statuschange s WHERE s.consultation_id = c.id AND s.at < %(until)s
     ORDER BY s.at DESC, s.id DESC LIMIT 1)"""
_DECIDED = f"""
    SELECT k.opened_at, d.due_at, (SELECT min(x.decided_at) FROM moderation_decision x WHERE x.case_id = k.id) AS first
      FROM moderation_case k JOIN calendars_deadline d ON d.id = k.deadline_id WHERE {BODY.format("k")}
"""
_IN = "{0} >= %(start)s AND {0} < %(end)s"
_DAY = (
    "{0}.day >= (%(start)s AT TIME ZONE 'Asia/Riyadh')::date AND {0}.day < (%(end)s AT TIME ZONE 'Asia/Riyadh')::date"
)
_BEFORE = _TAKING_PART.replace("%(end)s", "%(start)s").replace(">= %(start)s", ">= '1970-01-01'")
# Opened with the portal, not with a body.
_OPENED = f"FROM accounts_person p WHERE {_IN.format('p.date_joined')} AND %(body)s::bigint IS NULL"
_KIND = "CASE WHEN p.erased_at IS NULL THEN p.kind ELSE 'erased' END"
_OPEN = f"""
    SELECT * FROM (
        SELECT c.id, greatest(c.opens_at, (SELECT min(at) FROM consultations_statuschange s
                 WHERE s.consultation_id = c.id AND s.status = 'published')) AS began,
               least(c.closes_at, (SELECT min(at) FROM consultations_statuschange s
                 WHERE s.consultation_id = c.id AND s.status IN ('concluded', 'withdrawn'))) AS over
          FROM consultations_consultation c
         WHERE c.status <> 'draft' AND {BODY.format("c")}
    ) x WHERE began < over AND began < %(until)s AND over > %(start)s"""
_ON_CONSULTATIONS = f"""
    SELECT k.code, k.kind, k.organisation_id, m.id, m.author_id FROM comments_comment m
      JOIN comments_thread t ON t.id = m.thread_id
      LEFT JOIN consultations_section s ON s.thread_id = t.id
      JOIN consultations_consultation k ON k.thread_id = t.id OR k.id = s.consultation_id
     WHERE m.official_for_id IS NULL AND {_IN.format("m.created_at")} AND {BODY.format("t")}"""
_ON_SERVICES = f"""
    SELECT author_id AS person FROM ({_ON_CONSULTATIONS}) x WHERE kind = 'service'
    UNION SELECT v.person_id FROM comments_commentvote v JOIN comments_comment m ON m.id = v.comment_id
      LEFT JOIN consultations_section s ON s.thread_id = m.thread_id
      JOIN consultations_consultation k ON k.thread_id = m.thread_id OR k.id = s.consultation_id
     WHERE k.kind = 'service' AND {_IN.format("v.created_at")} AND {BODY.format("k")}
    UNION SELECT v.person_id FROM polls_turnout v JOIN consultations_consultation k ON k.poll_id = v.poll_id
     WHERE k.kind = 'service' AND {_IN.format("v.voted_at")} AND {BODY.format("k")}"""
_LATE = f"""
    SELECT c.code, d.due_at
      FROM consultations_consultation c JOIN calendars_deadline d ON d.id = c.response_deadline_id
     WHERE {BODY.format("c")} AND {_STATUS} = 'published' AND d.due_at < %(until)s
       AND (c.responded_at IS NULL OR c.responded_at >= %(until)s)"""

_REQUESTS = f"""
    SELECT t.id, t.organisation_id, t.kind, t.channel, t.language, t.created_at, t.first_reply_id,
           (SELECT min(m.at) FROM tickets_move m WHERE m.ticket_id = t.id AND m.target = 'solved') AS solved,
           (SELECT min(e.created_at) FROM tickets_entry e WHERE e.ticket_id = t.id AND e.kind = 'reply') AS replied
      FROM tickets_ticket t
     WHERE {BODY.format("t")} AND t.created_at < %(end)s
       AND (SELECT m.target FROM tickets_move m WHERE m.ticket_id = t.id AND m.at < %(end)s
             ORDER BY m.number DESC LIMIT 1) NOT IN ('spam', 'merged')"""
_MOVED = "EXISTS (SELECT FROM tickets_move m WHERE m.ticket_id = t.id AND m.target {0} AND " + _IN.format("m.at") + ")"
# By the hours of a body that has no calendar: Sunday to Thursday, eight to four.
_WORKED = """(SELECT coalesce(sum(extract(epoch FROM greatest(interval '0',
        least({0}, (day + interval '16 hours') AT TIME ZONE 'Asia/Riyadh')
        - greatest(t.created_at, (day + interval '8 hours') AT TIME ZONE 'Asia/Riyadh')))), 0) / 3600
      FROM generate_series((t.created_at AT TIME ZONE 'Asia/Riyadh')::date::timestamp,
                           ({0} AT TIME ZONE 'Asia/Riyadh')::date::timestamp, interval '1 day') day
     WHERE extract(dow FROM day) <= 4)"""
_WORKED_UNTIL = "SELECT percentile_cont({1}) WITHIN GROUP (ORDER BY " + _WORKED + f") FROM ({_REQUESTS}) t WHERE "
_ANSWER = "least(t.replied, t.solved)"
_STOOD = f"""
    SELECT x.*, b.due_at AS breach_at, x.due >= %(start)s AND x.due < %(end)s AS is_due,
           EXISTS (SELECT FROM calendars_wait w WHERE w.deadline_id = x.first_reply_id AND w.since <= x.due
                      AND w.since < %(end)s AND w.until >= %(end)s)
           OR (x.waiting_since <= x.due AND x.waiting_since < %(end)s)
           OR (x.dropped_at <= x.due AND x.dropped_at < %(end)s) AS rests
      FROM (SELECT t.id, t.channel, t.first_reply_id, d.waiting_since, d.dropped_at,
                   CASE WHEN {_ANSWER} < %(end)s THEN {_ANSWER} END AS answered,
                   coalesce((SELECT p.due_at FROM calendars_promise p
                              WHERE p.deadline_id = d.id AND p.given_at < %(end)s
                                AND NOT EXISTS (SELECT FROM calendars_promise r WHERE r.deadline_id = d.id
                                     AND r.cause = 'reopened' AND r.number <= p.number AND r.given_at > {_ANSWER})
                              ORDER BY p.number DESC LIMIT 1), d.due_at) AS due
              FROM ({_REQUESTS}) t JOIN calendars_deadline d ON d.id = t.first_reply_id) x
      LEFT JOIN LATERAL (SELECT max(b.due_at) AS due_at FROM calendars_breach b
             WHERE b.deadline_id = x.first_reply_id AND b.due_at < coalesce(x.answered, %(end)s)) b ON true"""
_JUDGED = f"""
    SELECT y.id, y.channel, y.is_due OR coalesce(y.breach_at >= %(start)s, false) AS is_due, y.answered,
           CASE WHEN y.answered IS NOT NULL THEN y.answered <= y.due AND y.breach_at IS NULL
                WHEN y.breach_at >= %(start)s OR (y.is_due AND y.due < %(until)s AND y.rests IS NOT TRUE) THEN false
           END AS kept FROM ({_STOOD}) y"""

# A week counts for the month of its last day.
_OPINIONS = f"""
    FROM pages_judgement j JOIN pages_subject s ON s.id = j.subject_id
     WHERE {_DAY.replace("{0}.day", "(j.week + 6)")} AND {BODY.format("s")} AND j.scale = """

# The newsletter is the ministry's: no body has figures of it alone.
_ALL = "%(body)s::bigint IS NULL"
_READERS = f"""
    FROM newsletter_subscription s WHERE s.confirmed_at < %(end)s AND coalesce(s.ended_at, 'infinity') >= %(end)s
     AND {_ALL}"""
_READER_KIND = """CASE WHEN s.organisation_id > 0 THEN 'organisation' WHEN s.person_id > 0 THEN 'account'
    ELSE 'guest' END"""
_COPIES = f"""
    FROM mailings_delivery d, mailings_mailing m WHERE m.id = d.mailing_id AND m.purpose = 'newsletter' AND {_ALL}
     AND {_IN.format("m.started_at")}"""
_ARRIVED = "count(*) FILTER (WHERE d.state IN ('sent', 'complained'))"
_BOUNCED = "count(*) FILTER (WHERE d.state = 'bounced')"
_COMPLAINED = "count(*) FILTER (WHERE d.state = 'complained')"

# A week of answers counts for the month in which its Sunday lies, once that is over.
_WEEKS = """({0}.week + 6) >= (%(start)s AT TIME ZONE 'Asia/Riyadh')::date
    AND ({0}.week + 6) < (%(until)s AT TIME ZONE 'Asia/Riyadh')::date"""
_QUESTIONS = """
    SELECT v.survey_id, v.number, v.edition, p.place AS page, q.place, q.it ->> 'code' AS code,
           q.it ->> 'kind' AS kind, q.it ->> 'scale' AS scale
      FROM surveys_version v, jsonb_array_elements(v.structure -> 'pages') WITH ORDINALITY AS p (it, place),
           jsonb_array_elements(p.it -> 'questions') WITH ORDINALITY AS q (it, place)
     WHERE v.edition = (SELECT max(w.edition) FROM surveys_version w
                         WHERE w.survey_id = v.survey_id AND w.number = v.number)"""
_POINTS = f"""
    SELECT r.language, r.channel, r.option::int AS point, r.count AS given
      FROM surveys_rollup r JOIN surveys_survey s ON s.id = r.survey_id
      JOIN (SELECT DISTINCT ON (survey_id, number) survey_id, number, code FROM ({_QUESTIONS}) x WHERE {{0}}
             ORDER BY survey_id, number, page {{1}}, place {{1}}) h
        ON h.survey_id = r.survey_id AND h.number = r.number AND h.code = r.question
     WHERE r.option <> '' AND {_WEEKS.format("r")} AND {BODY.format("s")}"""
_SATISFACTION = _POINTS.format("kind = 'scale' AND scale = 'satisfaction'", "DESC")
_RECOMMENDING = _POINTS.format("kind = 'nps'", "")
_EFFORT = _POINTS.format("kind = 'ces'", "")
_OF_POINTS = {
    "survey_satisfaction": ("100.0 * sum(given) FILTER (WHERE point >= 4) / nullif(sum(given), 0)", _SATISFACTION),
    "survey_nps": (
        """100.0 * (coalesce(sum(given) FILTER (WHERE point >= 9), 0)
            - coalesce(sum(given) FILTER (WHERE point <= 6), 0)) / nullif(sum(given), 0)""",
        _RECOMMENDING,
    ),
    "survey_ces": ("sum(given * point)::float / nullif(sum(given), 0)", _EFFORT),
    "survey_completion": (
        "100.0 * sum(given) FILTER (WHERE point = 1) / nullif(sum(given) FILTER (WHERE point = 0), 0)",
        f"""SELECT c.language, c.channel, CASE c.page WHEN '' THEN 0 ELSE 1 END AS point, c.count AS given
              FROM surveys_pagecount c JOIN surveys_survey s ON s.id = c.survey_id
             WHERE c.page IN ('', '=') AND c.channel IN ('web', 'mail') AND {_WEEKS.format("c")}
               AND {BODY.format("s")}""",
    ),
}
_INVITED = f"""
    SELECT v.language, EXISTS (SELECT FROM surveys_participation p
                                WHERE p.survey_id = v.survey_id AND p.token_hash = v.token_hash) AS has_answered
      FROM surveys_invitee v JOIN surveys_survey s ON s.id = v.survey_id
     WHERE {BODY.format("s")} AND EXISTS (
            SELECT FROM surveys_inviting i JOIN surveys_sending g ON g.id = i.sending_id
              JOIN mailings_delivery d ON d.mailing_id = g.mailing_id AND d.member = v.code
             WHERE i.invitee_id = v.id AND g.kind <> 'reminder' AND d.state = 'sent' AND {_IN.format("i.at")})"""
_RESPONSE = "100.0 * count(*) FILTER (WHERE has_answered) / nullif(count(*), 0)"

WHOLE = {
    **{code: f"SELECT {value} FROM ({rows}) x" for code, (value, rows) in _OF_POINTS.items()},
    "survey_response": f"SELECT {_RESPONSE} FROM ({_INVITED}) x",
    "participants": f"SELECT count(*) FROM ({_TAKING_PART}) x",
    "verified_share": f"""SELECT 100.0 * count(*) FILTER (WHERE p.verification = 'identity') / nullif(count(*), 0)
        FROM accounts_person p WHERE p.id IN ({_TAKING_PART})""",
    "comments": f"""SELECT count(*) FROM comments_comment c, comments_thread t
        WHERE t.id = c.thread_id AND {_IN.format("c.created_at")} AND {BODY.format("t")}""",
    "comment_votes": f"""SELECT count(*) FROM comments_commentvote v, comments_comment c, comments_thread t
        WHERE c.id = v.comment_id AND t.id = c.thread_id AND {_IN.format("v.created_at")} AND {BODY.format("t")}""",
    "poll_votes": f"""SELECT count(*) FROM polls_turnout v, polls_poll p
        WHERE p.id = v.poll_id AND {_IN.format("v.voted_at")} AND {BODY.format("p")}""",
    "sign_ups": f"SELECT CASE WHEN %(body)s::bigint IS NULL THEN count(*) END {_OPENED}",
    "official_replies": f"""SELECT count(*) FROM comments_comment c, comments_thread t
        WHERE t.id = c.thread_id AND c.official_for_id > 0 AND {_IN.format("c.created_at")} AND {BODY.format("t")}""",
    "consultations_open": f"SELECT count(*) FROM ({_OPEN}) y",
    "comments_per_consultation": f"""SELECT (SELECT count(*) FROM ({_ON_CONSULTATIONS}) a)::float
        / nullif((SELECT count(*) FROM ({_OPEN}) b), 0)""",
    "responses_overdue": f"SELECT count(*) FROM ({_LATE}) x",
    "service_participation": f"""
        SELECT 100.0 * count(*) FILTER (WHERE p.id IN ({_ON_SERVICES})) / nullif(count(*), 0) FROM accounts_person p
         WHERE p.date_joined < %(until)s AND (p.erased_at IS NULL OR p.erased_at >= %(until)s)""",
    "response_share": f"""
        SELECT 100.0 * count(*) FILTER (WHERE c.responded_at <= d.due_at) / nullif(count(*), 0)
          FROM consultations_consultation c JOIN calendars_deadline d ON d.id = c.response_deadline_id
         WHERE {BODY.format("c")} AND {_STATUS} IN ('published', 'concluded')
           AND ((d.due_at >= %(start)s AND d.due_at < %(until)s) OR ({_IN.format("c.responded_at")}))""",
    "response_days": f"""
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY
               (c.responded_at AT TIME ZONE 'Asia/Riyadh')::date - (c.closes_at AT TIME ZONE 'Asia/Riyadh')::date)
          FROM consultations_consultation c WHERE {_IN.format("c.responded_at")} AND {BODY.format("c")}""",
    "reports": f"""SELECT count(*) FROM moderation_report r, moderation_case k
        WHERE k.id = r.case_id AND {_IN.format("r.created_at")} AND {BODY.format("k")}""",
    "decisions": f"""SELECT count(*) FROM moderation_decision d, moderation_case k WHERE k.id = d.case_id
        AND d.outcome IN ('hide', 'keep') AND {_IN.format("d.decided_at")} AND {BODY.format("k")}""",
    "decision_hours": f"""
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first - opened_at)) / 3600
          FROM ({_DECIDED}) x WHERE {_IN.format("first")}""",
    "decisions_in_time": f"""SELECT 100.0 * count(*) FILTER (WHERE first <= due_at) / nullif(count(*), 0)
        FROM ({_DECIDED}) x WHERE {_IN.format("first")}""",
    "article_reads": f"""SELECT coalesce(sum(r.count), 0) FROM tickets_articlereads r, tickets_article a
        WHERE a.id = r.article_id AND {_DAY.format("r")} AND {BODY.format("a")}""",
    "articles_useful": f"""SELECT 100.0 * count(*) FILTER (WHERE r.is_useful) / nullif(count(*), 0)
        FROM tickets_articleanswer r, tickets_article a
        WHERE a.id = r.article_id AND {_DAY.format("r")} AND {BODY.format("a")}""",
    "searches_without_result": f"""SELECT 100.0 * sum(r.missed) / nullif(sum(r.found + r.missed), 0)
        FROM tickets_searchcount r WHERE {_DAY.format("r")} AND %(body)s::bigint IS NULL""",
    # Whoever read on a day counts when the seventh day after it is over.
    "requests_spared": """SELECT 100.0 * (sum(h.readers) - sum(h.asked)) / nullif(sum(h.readers), 0)
        FROM tickets_helpoutcome h WHERE %(body)s::bigint IS NULL
         AND h.day + 7 >= (%(start)s AT TIME ZONE 'Asia/Riyadh')::date
         AND h.day + 7 < (%(until)s AT TIME ZONE 'Asia/Riyadh')::date""",
    "requests_received": f"SELECT count(*) FROM ({_REQUESTS}) t WHERE t.created_at >= %(start)s",
    "requests_solved": f"""SELECT count(*) FROM ({_REQUESTS}) t WHERE {_MOVED.format("= 'solved'")}""",
    "first_reply_hours": _WORKED_UNTIL.format(_ANSWER, 0.5) + _IN.format(_ANSWER),
    "first_reply_hours_p90": _WORKED_UNTIL.format(_ANSWER, 0.9) + _IN.format(_ANSWER),
    "first_promises_kept": f"""SELECT 100.0 * count(*) FILTER (WHERE kept) / nullif(count(kept), 0)
        FROM ({_JUDGED}) z WHERE is_due OR answered >= %(start)s""",
    "solution_hours": _WORKED_UNTIL.format("t.solved", 0.5) + _IN.format("t.solved"),
    "solution_hours_p90": _WORKED_UNTIL.format("t.solved", 0.9) + _IN.format("t.solved"),
    "requests_waiting_hours": f"""SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY waited) FROM (
        SELECT extract(epoch FROM sum(m.at - (SELECT max(i.at) FROM tickets_move i
               WHERE i.ticket_id = t.id AND i.target = 'waiting' AND i.number < m.number))) / 3600 AS waited
          FROM ({_REQUESTS}) t JOIN tickets_move m ON m.ticket_id = t.id AND m.source = 'waiting'
         WHERE {_IN.format("m.at")} GROUP BY t.id) x""",
    "requests_reopened": f"""
        SELECT 100.0 * count(*) FILTER (WHERE {_MOVED.format("= 'reopened'")}) / nullif(count(*), 0)
        FROM ({_REQUESTS}) t WHERE {_MOVED.format("IN ('solved', 'reopened')")}""",
    "requests_satisfaction": f"""SELECT avg(r.score) FROM tickets_rating r, tickets_ticket t
        WHERE t.id = r.ticket_id AND {_IN.format("r.created_at")} AND {BODY.format("t")}""",
    "digital_requests_in_time": f"""
        SELECT 100.0 * count(*) FILTER (WHERE kept AND NOT EXISTS (SELECT FROM tickets_move m
               WHERE m.ticket_id = z.id AND m.target = 'reopened' AND m.at < %(end)s)) / nullif(count(kept), 0)
          FROM ({_JUDGED}) z WHERE is_due AND channel IN ('web', 'email', 'sms', 'whatsapp')""",
    "pages_useful": f"SELECT 100.0 * sum(j.value) / nullif(count(*), 0) {_OPINIONS}'useful'",
    "service_rating": f"SELECT 1.0 * sum(j.value) / nullif(count(*), 0) {_OPINIONS}'stars'",
    "newsletter_subscribers": f"SELECT CASE WHEN {_ALL} THEN count(*) END {_READERS}",
    "newsletter_delivered": f"SELECT 100.0 * {_ARRIVED} / nullif({_ARRIVED} + {_BOUNCED}, 0) {_COPIES}",
    "newsletter_bounced": f"SELECT 100.0 * {_BOUNCED} / nullif({_ARRIVED} + {_BOUNCED}, 0) {_COPIES}",
    "newsletter_complaints": f"SELECT 100.0 * {_COMPLAINED} / nullif({_ARRIVED}, 0) {_COPIES}",
    "newsletter_unsubscribed": f"""SELECT CASE WHEN {_ALL} THEN count(DISTINCT c.subscription_id) END
        FROM newsletter_consent c WHERE c.act = 'left' AND {_IN.format("c.at")}""",
    "newsletter_late": f"""
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM m.started_at - i.start_at)) / 3600
          FROM newsletter_issue i JOIN mailings_mailing m ON m.id = i.mailing_id
         WHERE {_IN.format("m.started_at")} AND {_ALL}""",
}
PARTS = {
    **{
        f"{code}_by_{part}": f"SELECT {part}, {value} FROM ({rows}) x GROUP BY 1"
        for code, (value, rows) in _OF_POINTS.items()
        for part in ("language", "channel")
    },
    "survey_response_by_language": f"SELECT language, {_RESPONSE} FROM ({_INVITED}) x GROUP BY 1",
    "newsletter_subscribers_by_language": f"SELECT s.language, count(*) {_READERS} GROUP BY 1",
    "newsletter_subscribers_by_kind": f"SELECT {_READER_KIND}, count(*) {_READERS} GROUP BY 1",
    **{
        f"requests_by_{column}": f"""
            SELECT t.{column}, count(*) FROM ({_REQUESTS}) t WHERE t.created_at >= %(start)s GROUP BY 1"""
        for column in ("kind", "channel", "language")
    },
    "comment_languages": f"""SELECT c.language, count(*) FROM comments_comment c, comments_thread t
        WHERE t.id = c.thread_id AND {_IN.format("c.created_at")} AND {BODY.format("t")} GROUP BY 1""",
    "decisions_by_ground": f"""SELECT g.code, count(*)
        FROM moderation_decision d, moderation_case k, moderation_ground g
        WHERE k.id = d.case_id AND g.id = d.ground_id AND d.outcome = 'hide'
          AND {_IN.format("d.decided_at")} AND {BODY.format("k")} GROUP BY 1""",
    "consultations_by_state": f"""
        SELECT CASE WHEN status <> 'published' THEN status WHEN opens_at >= %(until)s THEN 'upcoming'
                    WHEN closes_at >= %(until)s THEN 'open' ELSE 'analysing' END, count(*)
          FROM (SELECT c.opens_at, c.closes_at, {_STATUS} AS status FROM consultations_consultation c
                 WHERE {BODY.format("c")}) x
         WHERE status IS NOT NULL AND status <> 'draft' GROUP BY 1""",
    "overdue_responses": f"""
        SELECT code, ((%(until)s::timestamptz - interval '1 microsecond') AT TIME ZONE 'Asia/Riyadh')::date
                     - (due_at AT TIME ZONE 'Asia/Riyadh')::date FROM ({_LATE}) x""",
    "consultation_comments": f"SELECT code, count(*) FROM ({_ON_CONSULTATIONS}) x GROUP BY 1",
    "participants_by_history": f"""
        SELECT CASE WHEN person IN ({_BEFORE}) THEN 'returning' ELSE 'new' END, count(*)
          FROM ({_TAKING_PART}) x GROUP BY 1""",
    "participants_by_kind": f"""
        SELECT {_KIND}, count(*) FROM accounts_person p WHERE p.id IN ({_TAKING_PART}) GROUP BY 1""",
    "participants_by_language": f"""
        SELECT p.language, count(*) FROM accounts_person p WHERE p.id IN ({_TAKING_PART}) GROUP BY 1""",
    "participants_by_channel": f"SELECT 'web', count(*) FROM ({_TAKING_PART}) x HAVING count(*) > 0",
    "sign_ups_by_kind": f"SELECT {_KIND}, count(*) {_OPENED} GROUP BY 1",
    "sign_ups_by_language": f"SELECT p.language, count(*) {_OPENED} GROUP BY 1",
    "sign_ups_by_channel": f"SELECT 'web', count(*) {_OPENED} HAVING count(*) > 0",
}


def recount(code: str, start: datetime, end: datetime, until: datetime, body: Any) -> float | None:
    """Return an undivided figure; ``until`` is the end of the period, or now while it runs."""
    with connection.cursor() as cursor:
        cursor.execute(WHOLE[code], _parameters(start, end, until, body))
        (value,) = cursor.fetchone()
    return None if value is None else float(value)


def recount_parts(code: str, start: datetime, end: datetime, until: datetime, body: Any) -> dict[str, float]:
    """Return the parts that are not zero."""
    with connection.cursor() as cursor:
        cursor.execute(PARTS[code], _parameters(start, end, until, body))
        return {part: float(value) for part, value in cursor.fetchall()}


def _parameters(start: datetime, end: datetime, until: datetime, body: Any) -> dict[str, Any]:
    return {"start": start, "end": end, "until": until, "body": body.pk if body else None}
