"""What becomes of each of the city's requests, drawn by hashes of its number: the same on every run.

Two tables that live as long as the transaction: ``city_draw`` says who asks for what, when and by which way,
``city_plan`` how it went on until the anchor. Nobody works on an Arabic request otherwise than on a Chinese one.
"""

from datetime import datetime

from django.db import connection

from tickets.choices import Channel, TicketKind

K, C = TicketKind, Channel
BODIES = {"municipal": 55, "ministry": 12, "digital": 20, "volunteering": 6, "mobility": 4, "inclusion": 3}
KINDS = {
    K.ENQUIRY: 38,
    K.COMPLAINT: 24,
    K.TECHNICAL: 14,
    K.INFORMATION: 11,
    K.SUGGESTION: 6,
    K.PRAISE: 4,
    K.BARRIER: 2,
    K.EMERGENCY: 1,
}
CHANNELS = {C.WEB: 58, C.EMAIL: 14, C.PHONE: 14, C.VISIT: 5, C.SMS: 4, C.WHATSAPP: 5}
LANGUAGES = {"ar": 70, "en": 20, "zh-hans": 10}
# Of those whose requests came in during the last third of the time, and before: how many wait for an end still.
LATELY, STUCK_LATELY, STUCK_BEFORE = 0.68, 0.38, 0.012
AGENTS_OF_BODY = 4

# A number from 0 to 1 that follows from another one and a seed.
_LUCK = """
    CREATE FUNCTION pg_temp.luck(number bigint, seed integer) RETURNS double precision LANGUAGE sql IMMUTABLE
    RETURN (hashint8extended(number, seed) & 1048575) / 1048576.0::double precision
"""

_DRAW = """
    CREATE TEMP TABLE city_draw ON COMMIT DROP AS
    SELECT n, m.moment, m.at, b.organisation_id, k.kind, c.channel, p.pk AS person_id,
        CASE WHEN p.pk IS NULL AND c.channel IN ('web', 'email')
            THEN %(contact)s + 1 + floor(pg_temp.luck(e, 6) * %(contacts)s)::bigint END AS contact_id,
        coalesce(p.language, CASE WHEN pg_temp.luck(e, 7) < {ar} THEN 'ar' WHEN pg_temp.luck(e, 7) < {en} THEN 'en'
            ELSE 'zh-hans' END) AS language,
        CASE WHEN n %% 100 = 50 THEN 'merged'
            WHEN n %% 100 <> 49 AND pg_temp.luck(n, 8) < 0.02 THEN 'spam'
            WHEN k.kind NOT IN ('praise', 'emergency') AND pg_temp.luck(n, 9)
                < CASE WHEN n > {lately} * %(count)s THEN {stuck_lately} ELSE {stuck_before} END THEN 'stuck'
            ELSE 'done' END AS fate
    FROM (
        SELECT n, CASE WHEN n %% 100 = 50 THEN n - 1 ELSE n END AS e FROM generate_series(1, %(count)s::bigint) AS n
    ) AS numbered
    CROSS JOIN LATERAL (SELECT {body} AS organisation_id) AS b
    CROSS JOIN LATERAL (SELECT {kind} AS kind) AS k
    CROSS JOIN LATERAL (SELECT {channel} AS channel) AS c
    JOIN city_moment AS m ON m.moment = ceil(%(moments)s * power(e::double precision / %(count)s, 0.75))
    LEFT JOIN city_person AS p ON c.channel IN ('web', 'email') AND pg_temp.luck(e, 4) < 0.6
        AND p.number = 1 + floor(pg_temp.luck(e, 5) * %(people)s) AND p.joined < m.at
"""

_PLAN = """
    CREATE TEMP TABLE city_plan ON COMMIT DROP AS
    WITH promised AS (
        SELECT d.*, rt.clock AS reply_clock, st.clock AS solution_clock, rt.bell AS reply_bell,
            st.bell AS solution_bell, r.due_at AS reply_due, s.due_at AS solution_due, v.solved_at AS doubted_at,
            v.reopened_at, pg_temp.luck(n, 20) AS choice,
            CASE WHEN pg_temp.luck(n, 10) < 0.08
                THEN r.due_at + interval '1 minute' + pg_temp.luck(n, 11) * interval '60 hours'
                ELSE d.at + (r.due_at - d.at) * (0.08 + 0.8 * pg_temp.luck(n, 11)) END AS replies_at
        FROM city_draw AS d
        JOIN city_terms AS rt ON (rt.organisation_id, rt.kind, rt.target) = (d.organisation_id, d.kind, 'reply')
        JOIN city_slot AS r ON (r.clock, r.moment) = (rt.clock, d.moment)
        LEFT JOIN city_terms AS st ON (st.organisation_id, st.kind, st.target)
            = (d.organisation_id, d.kind, 'solution')
        LEFT JOIN city_slot AS s ON (s.clock, s.moment) = (st.clock, d.moment)
        LEFT JOIN city_reopened AS v ON (v.clock, v.moment) = (coalesce(st.clock, rt.clock), d.moment)
    ), asked AS (
        SELECT *, fate = 'done' AND solution_due IS NULL AND pg_temp.luck(n, 12) < 0.22 AS asks,
            replies_at + (0.5 + 3 * pg_temp.luck(n, 13)) * interval '1 day' AS comes_back_at
        FROM promised
    ), ended AS (
        SELECT *, CASE
                WHEN asks THEN comes_back_at + (2 + 66 * pg_temp.luck(n, 14)) * interval '1 hour'
                WHEN solution_due IS NULL THEN replies_at
                WHEN pg_temp.luck(n, 15) < 0.06
                    THEN greatest(replies_at, solution_due) + (1 + 50 * pg_temp.luck(n, 14)) * interval '1 hour'
                ELSE greatest(replies_at + interval '20 minutes',
                    at + (solution_due - at) * (0.2 + 0.7 * pg_temp.luck(n, 14))) END AS solves_at,
            at + (1 + 19 * pg_temp.luck(n, 16)) * interval '1 hour' AS dropped_at
        FROM asked
    ), stated AS (
        SELECT *, solves_at + interval '14 days' AS closes_at, CASE
            WHEN fate IN ('spam', 'merged') THEN CASE WHEN dropped_at <= %(anchor)s THEN fate ELSE 'new' END
            WHEN fate = 'stuck' THEN CASE
                WHEN choice < 0.62 THEN 'new' WHEN choice < 0.76 THEN 'open' WHEN choice < 0.83 THEN 'elsewhere'
                WHEN choice < 0.92 AND replies_at <= %(anchor)s THEN 'waiting'
                WHEN choice >= 0.92 AND reopened_at IS NOT NULL THEN 'reopened' ELSE 'new' END
            WHEN solves_at + interval '14 days' <= %(anchor)s THEN 'closed'
            WHEN solves_at <= %(anchor)s THEN 'solved'
            WHEN asks AND replies_at <= %(anchor)s AND comes_back_at > %(anchor)s THEN 'waiting'
            WHEN replies_at <= %(anchor)s THEN 'open' ELSE 'new' END AS state
        FROM ended
    ), settled AS (
        SELECT n, moment, at, organisation_id, kind, channel, language, person_id, contact_id, state, fate, asks,
            reply_clock, solution_clock, reply_bell, solution_bell, reply_due, solution_due, reopened_at AS again_at,
            choice, CASE
                WHEN state IN ('spam', 'merged', 'new', 'elsewhere') OR (fate = 'stuck' AND state = 'open') THEN NULL
                WHEN state = 'reopened' AND solution_due IS NULL THEN doubted_at
                WHEN state = 'reopened' THEN at + (reply_due - at) / 2 ELSE replies_at END AS replied_at,
            CASE WHEN state = 'reopened' THEN doubted_at WHEN state IN ('solved', 'closed') THEN solves_at END
                AS solved_at,
            CASE WHEN state = 'closed' THEN closes_at END AS closed_at,
            CASE WHEN state IN ('spam', 'merged') THEN dropped_at END AS dropped_at,
            CASE WHEN asks AND comes_back_at <= %(anchor)s THEN comes_back_at END AS back_at,
            CASE WHEN fate = 'stuck' AND state IN ('open', 'elsewhere') THEN at + (reply_due - at) / 3 END AS taken_at
        FROM stated
    )
    SELECT *, CASE state WHEN 'new' THEN at
            -- Whoever does not answer within two weeks finds their request closed.
            WHEN 'waiting' THEN greatest(replied_at, %(anchor)s - choice * interval '13 days')
            WHEN 'solved' THEN solved_at
            WHEN 'closed' THEN closed_at WHEN 'reopened' THEN again_at
            WHEN 'open' THEN coalesce(back_at, replied_at, least(taken_at, %(anchor)s))
            WHEN 'elsewhere' THEN least(taken_at, %(anchor)s) ELSE dropped_at END AS since
    FROM settled
"""


def draw(
    *, count: int, moments: int, anchor: datetime, bodies: dict[str, int], people: int, contact: int, contacts: int
) -> None:
    """Make both tables. ``contact`` is the key before that of the first of the city's guests."""
    values = {
        **{"count": count, "moments": moments, "people": people, "contact": contact, "contacts": contacts},
        "anchor": anchor,
    }
    shares = _cumulated(LANGUAGES)
    statement = _DRAW.format(
        body=_pick({str(bodies[code]): weight for code, weight in BODIES.items()}, 1),
        kind=_pick({f"'{kind.value}'": weight for kind, weight in KINDS.items()}, 2),
        channel=_pick({f"'{channel.value}'": weight for channel, weight in CHANNELS.items()}, 3),
        ar=shares["ar"],
        en=shares["en"],
        lately=LATELY,
        stuck_lately=STUCK_LATELY,
        stuck_before=STUCK_BEFORE,
    )
    with connection.cursor() as cursor:
        cursor.execute(_LUCK)
        cursor.execute(statement, values)
        cursor.execute("ANALYZE city_draw")
        cursor.execute(_PLAN, values)
        cursor.execute("ANALYZE city_plan")


def _pick(weights: dict[str, int], seed: int) -> str:
    """Return the expression that chooses one of these by the luck of a request."""
    cases = " ".join(
        f"WHEN pg_temp.luck(e, {seed}) < {limit} THEN {value}" for value, limit in _cumulated(weights).items()
    )
    return f"CASE {cases} END"


def _cumulated(weights: dict[str, int]) -> dict[str, float]:
    total, passed, limits = sum(weights.values()), 0, {}
    for value, weight in weights.items():
        passed += weight
        limits[value] = passed / total
    return limits
