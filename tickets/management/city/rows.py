"""The statements that write the city's requests from its plan."""

from portal.text import CODE_ALPHABET
from tickets.rules.tickets import REFERENCE_LENGTH

_BASE = len(CODE_ALPHABET)
_CODE_LENGTH = 10
# Without a common divisor with the base, so that no two numbers give the same letters.
_CODE_STEP, _REFERENCE_STEP = 389_917_302_283, 7_368_787


def _letter(value: str) -> str:
    return f"substr('{CODE_ALPHABET}', ({value})::integer + 1, 1)"


def _digits(number: str, length: int) -> list[str]:
    """Return the expressions of a number's digits in the base of the alphabet, the last first."""
    return [f"({number} / {_BASE**place} %% {_BASE})" for place in range(length)]


def _spelled(digits: list[str]) -> str:
    return " || ".join(_letter(digit) for digit in reversed(digits))


def _check(digits: list[str]) -> str:
    """Return the check character as ``tickets.rules`` reckons it."""
    products = [f"({2 - place % 2} * {digit})" for place, digit in enumerate(digits)]
    total = " + ".join(f"({product} / {_BASE} + {product} %% {_BASE})" for product in products)
    return _letter(f"({_BASE} - ({total}) %% {_BASE}) %% {_BASE}")


_BODY = _digits("v", REFERENCE_LENGTH - 1)
NAMES = f"""
    CREATE TEMP TABLE city_name ON COMMIT DROP AS
    SELECT n, {_spelled(_digits(f"(n * {_CODE_STEP} %% {_BASE**_CODE_LENGTH})", _CODE_LENGTH))} AS code,
        substr(md5('salt ' || n), 1, 16) AS salt,
        upper(substr(spelled, 1, 4) || '-' || substr(spelled, 5)) AS reference
    FROM (
        SELECT n, {_spelled(_BODY)} || {_check(_BODY)} AS spelled
        FROM (SELECT n, n * {_REFERENCE_STEP} %% {_BASE ** (REFERENCE_LENGTH - 1)} AS v
            FROM generate_series(1, %(count)s::bigint) AS n) AS numbered
    ) AS spelt
"""

# Each promise with what became of it: a request has one or two.
PROMISES = """
    CREATE TEMP TABLE city_promise ON COMMIT DROP AS
    SELECT p.n, 'reply' AS target, %(deadline)s + p.n AS deadline_id, p.reply_clock AS clock, p.reply_bell AS bell,
        p.moment, p.organisation_id, p.kind, p.at, p.solved_at, p.again_at,
        p.state = 'reopened' AND p.solution_due IS NULL AS is_again,
        CASE WHEN p.state = 'reopened' AND p.solution_due IS NULL THEN v.due_at ELSE p.reply_due END AS due_at,
        CASE WHEN p.state = 'reopened' AND p.solution_due IS NULL THEN NULL ELSE p.replied_at END AS met_at,
        p.dropped_at, NULL::timestamptz AS waiting_since
    FROM city_plan AS p
    LEFT JOIN city_reopened AS v ON p.state = 'reopened' AND (v.clock, v.moment) = (p.reply_clock, p.moment)
    UNION ALL
    SELECT p.n, 'solution', %(deadline)s + %(count)s + p.n, p.solution_clock, p.solution_bell,
        p.moment, p.organisation_id, p.kind, p.at, p.solved_at, p.again_at, p.state = 'reopened',
        CASE WHEN p.state = 'reopened' THEN v.due_at ELSE p.solution_due END,
        CASE WHEN p.state IN ('solved', 'closed') THEN p.solved_at END, p.dropped_at,
        CASE WHEN p.state = 'waiting' THEN p.since END
    FROM city_plan AS p
    LEFT JOIN city_reopened AS v ON p.state = 'reopened' AND (v.clock, v.moment) = (p.solution_clock, p.moment)
    WHERE p.solution_due IS NOT NULL
"""

DEADLINES = """
    INSERT INTO calendars_deadline (id, organisation_id, level, target, calendar_id, amount, unit, started_at,
        deemed_at, due_at, waiting_since, met_at, dropped_at, receipt)
    SELECT p.deadline_id, p.organisation_id, p.kind, p.target, s.calendar_id, s.amount, s.unit, p.at, s.deemed_at,
        p.due_at, p.waiting_since, p.met_at, p.dropped_at, CASE WHEN p.is_again THEN v.receipt ELSE s.receipt END
    FROM city_promise AS p JOIN city_slot AS s USING (clock, moment)
    LEFT JOIN city_reopened AS v ON p.is_again AND (v.clock, v.moment) = (p.clock, p.moment)
"""

HISTORY = """
    INSERT INTO calendars_promise (deadline_id, number, cause, level, reckoned_at, due_at, unit, receipt, given_at)
    SELECT p.deadline_id, 1, 'given', p.kind, s.due_at, s.due_at, '', s.receipt, p.at
    FROM city_promise AS p JOIN city_slot AS s USING (clock, moment)
    UNION ALL
    SELECT p.deadline_id, 2, 'reopened', p.kind, p.due_at, p.due_at, '', v.receipt, p.again_at
    FROM city_promise AS p JOIN city_reopened AS v USING (clock, moment) WHERE p.is_again
"""

WAITS = """
    INSERT INTO calendars_wait (deadline_id, since, until, pause)
    SELECT deadline_id, solved_at, again_at, 'solved' FROM city_promise WHERE is_again
"""

BREACHES = """
    INSERT INTO calendars_breach (deadline_id, due_at, recorded_at)
    SELECT deadline_id, due_at, due_at + interval '30 seconds' FROM city_promise
    WHERE due_at < least(met_at, dropped_at, waiting_since, %(now)s)
"""

# Alarms of the past are told; of a promise older than those reckoned, the one of its breach stands for all.
ALARMS = """
    INSERT INTO tickets_alarm (deadline_id, due_at, stage, at, told_at)
    SELECT p.deadline_id, p.due_at, coalesce(a.stage, 'breach'), coalesce(a.at, p.due_at),
        CASE WHEN coalesce(a.at, p.due_at) <= %(now)s THEN coalesce(a.at, p.due_at) END
    FROM city_promise AS p LEFT JOIN city_alarm AS a USING (bell, moment, due_at)
    WHERE p.met_at IS NULL AND p.dropped_at IS NULL
"""

TICKETS = """
    INSERT INTO tickets_ticket (id, code, reference, kind, state, channel, reply_by, language, subject,
        organisation_id, person_id, contact_id, sender_name, phone, secret_salt, secret_hash, assignee_id,
        first_reply_id, solution_id, next_due_at, merged_into_id, once, created_at, state_since, reminded_for,
        last_activity_at, solved_at, closed_at, told_at)
    SELECT %(ticket)s + p.n, c.code, c.reference, p.kind, p.state, p.channel,
        CASE WHEN p.channel IN ('web', 'email') THEN 'email' ELSE 'phone' END, p.language, w.subject,
        p.organisation_id, p.person_id, p.contact_id, CASE WHEN p.person_id IS NULL THEN w.name ELSE '' END,
        CASE WHEN p.person_id IS NULL AND p.contact_id IS NULL
            THEN '+96655' || lpad((p.n * 48271 %% 10000000)::text, 7, '0') ELSE '' END,
        c.salt, h.secret_hash, CASE WHEN p.state <> 'new' THEN a.pk END, %(deadline)s + p.n,
        CASE WHEN p.solution_due IS NOT NULL THEN %(deadline)s + %(count)s + p.n END, r.next_due_at,
        CASE WHEN p.state = 'merged' THEN %(ticket)s + p.n - 1 END, %(mark)s || p.n, p.at, p.since,
        CASE WHEN p.state = 'waiting' AND p.since < %(now)s - interval '7 days' THEN p.since END,
        greatest(p.at, p.replied_at, p.back_at, p.since), p.solved_at, p.closed_at,
        greatest(p.at, %(anchor)s - pg_temp.luck(p.n, 40) * interval '6 days')
    FROM city_plan AS p JOIN city_name AS c USING (n) JOIN city_hash AS h USING (n)
    JOIN city_words AS w ON (w.language, w.kind, w.number) = (p.language, p.kind, 1 + p.n %% %(variants)s)
    JOIN city_agent AS a ON (a.organisation_id, a.number) = (p.organisation_id, 1 + p.n %% %(agents)s)
    LEFT JOIN (
        SELECT n, min(due_at) AS next_due_at FROM city_promise
        WHERE met_at IS NULL AND dropped_at IS NULL AND waiting_since IS NULL GROUP BY n
    ) AS r USING (n)
    ORDER BY p.n
"""

ENTRIES = """
    INSERT INTO tickets_entry (code, ticket_id, kind, channel, author_id, language, text, created_at)
    SELECT lpad(to_hex((%(ticket)s + n) * 8 + step), 14, 'z'), %(ticket)s + n, said, channel, author,
        language, text, at
    FROM (
        SELECT p.n, each.* FROM city_plan AS p
        JOIN city_words AS w ON (w.language, w.kind, w.number) = (p.language, p.kind, 1 + p.n %% %(variants)s)
        JOIN city_agent AS a ON (a.organisation_id, a.number) = (p.organisation_id, 1 + p.n %% %(agents)s)
        CROSS JOIN LATERAL (VALUES
            (1, 'message', p.channel, p.person_id, p.language, w.text, p.at),
            (2, 'reply', 'web', a.pk, p.language, CASE WHEN p.asks THEN w.question
                WHEN p.solution_due IS NULL AND p.state <> 'waiting' THEN w.reply ELSE w.received END, p.replied_at),
            (3, 'reply', 'web', a.pk, p.language, w.question,
                CASE WHEN p.state = 'waiting' AND p.since > p.replied_at THEN p.since END),
            (4, 'message', p.channel, p.person_id, p.language, w.answer, p.back_at),
            (5, 'reply', 'web', a.pk, p.language, w.reply,
                CASE WHEN p.solved_at > p.replied_at THEN p.solved_at END),
            (6, 'message', p.channel, p.person_id, p.language, w.doubt,
                CASE WHEN p.state = 'reopened' THEN p.again_at END),
            (7, 'note', 'web', a.pk, 'ar', w.note,
                CASE WHEN p.replied_at IS NULL AND p.state IN ('open', 'elsewhere') THEN p.since END)
        ) AS each (step, said, channel, author, language, text, at)
        WHERE each.at IS NOT NULL
    ) AS said
"""

MOVES = """
    INSERT INTO tickets_move (ticket_id, number, source, target, mover, by_id, reason, at)
    SELECT %(ticket)s + n, row_number() OVER path, coalesce(lag(target) OVER path, ''), target, mover, by_id, reason, at
    FROM (
        SELECT p.n, each.* FROM city_plan AS p
        JOIN city_agent AS a ON (a.organisation_id, a.number) = (p.organisation_id, 1 + p.n %% %(agents)s)
        CROSS JOIN LATERAL (SELECT p.channel IN ('phone', 'visit') AS taken_down) AS came
        CROSS JOIN LATERAL (VALUES
            (1, 'new', CASE WHEN taken_down THEN 'staff' ELSE 'person' END,
                CASE WHEN taken_down THEN a.pk ELSE p.person_id END, '', p.at),
            (2, 'open', 'staff', a.pk, '', CASE WHEN p.solution_due IS NOT NULL
                OR (p.state IN ('waiting', 'open') AND NOT p.asks) THEN p.replied_at END),
            (3, p.state, 'staff', a.pk, '', CASE WHEN p.state IN ('spam', 'merged') OR
                (p.replied_at IS NULL AND p.state IN ('open', 'elsewhere')) THEN p.since END),
            (4, 'waiting', 'staff', a.pk, '', CASE WHEN p.asks THEN p.replied_at
                WHEN p.state = 'waiting' THEN p.since END),
            (5, 'open', 'person', p.person_id, '', p.back_at),
            (6, 'solved', 'staff', a.pk, '', p.solved_at),
            (7, 'closed', 'portal', NULL, 'resting', p.closed_at),
            (8, 'reopened', 'person', p.person_id, '', CASE WHEN p.state = 'reopened' THEN p.again_at END)
        ) AS each (step, target, mover, by_id, reason, at)
        WHERE each.at IS NOT NULL
    ) AS steps
    WINDOW path AS (PARTITION BY n ORDER BY step)
"""

RATINGS = """
    INSERT INTO tickets_rating (ticket_id, ended_at, score, text, created_at)
    SELECT %(ticket)s + n, closed_at, CASE WHEN luck < 0.06 THEN 1 WHEN luck < 0.13 THEN 2 WHEN luck < 0.25 THEN 3
        WHEN luck < 0.57 THEN 4 ELSE 5 END, '', closed_at + luck * interval '2 days'
    FROM (SELECT *, pg_temp.luck(n, 30) AS luck FROM city_plan WHERE pg_temp.luck(n, 31) < 0.3) AS rated
    WHERE state = 'closed' AND closed_at < %(anchor)s - interval '2 days'
"""
