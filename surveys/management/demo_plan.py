"""What the demonstration's surveys are, and how their answers are spread.

Days count from the anchor day. Spreads name codes or points from those who are least content to those who are most.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from surveys.choices import Audience, Channel, Mode, Status

Shares = Mapping[str, float]


@dataclass(frozen=True)
class Graded:
    """One choice or point, by shares; with ``rows`` one in each line. ``pull`` ties it to the general mood, 0 to 1."""

    shares: Shares = field(default_factory=dict)
    rows: Mapping[str, Shares] = field(default_factory=dict)
    answered: float = 1.0
    pull: float = 0.6


@dataclass(frozen=True)
class Several:
    """Several choices, each by its own share; whoever has none gets ``or_else``."""

    shares: Shares
    or_else: str
    answered: float = 1.0
    # The topic from which the words beside “other” are taken.
    other: str = ""


@dataclass(frozen=True)
class Amount:
    """A whole number around a middle."""

    middle: float
    spread: float
    most: int
    answered: float = 0.9


@dataclass(frozen=True)
class Words:
    """A text of a topic of the files ``demo/texts.*.toml``; ``themes`` are weights."""

    topic: str
    answered: float
    themes: Shares = field(default_factory=dict)


Spread = Graded | Several | Amount | Words


@dataclass(frozen=True)
class Planned:
    """One survey: ``source`` names a template, or a file beside the texts; ``previous`` the round before."""

    name: str
    source: str
    body: str
    titles: Mapping[str, str]
    opens: float
    closes: float | None
    status: Status
    count: int = 0
    left: int = 0
    # How many were invited by mail, those who answered among them.
    invited: int = 0
    previous: str = ""
    audience: Audience = Audience.EVERYONE
    mode: Mode = Mode.ANONYMOUS
    one_each: bool = False
    decided: float | None = None
    channels: Mapping[Channel, float] = field(default_factory=lambda: {Channel.WEB: 1.0})
    kinds: Shares = field(default_factory=dict)
    spreads: Mapping[str, Spread] = field(default_factory=dict)
    minutes: float = 5
    # How far the mood rises from the first answers to the last.
    rise: float = 0.0
    # Above 1 most answer early, below it late.
    haste: float = 1.6

    @property
    def fields(self) -> dict[str, Any]:
        """What the survey's row takes over as it is."""
        return {name: getattr(self, name) for name in ("audience", "mode", "one_each", "status")}


def points(*shares: float, first: int = 1) -> dict[str, float]:
    """Return shares by point, from the lowest."""
    return {str(point): share for point, share in enumerate(shares, start=first)}


def _in_lines(codes: str, **rows: tuple[float, ...]) -> dict[str, dict[str, float]]:
    return {row: dict(zip(codes.split(), shares, strict=True)) for row, shares in rows.items()}


_FEATURES = _in_lines(
    "very_dissatisfied dissatisfied unused neutral satisfied very_satisfied",
    create=(3, 8, 4, 18, 44, 23),
    forward=(4, 12, 6, 22, 39, 17),
    search=(11, 22, 5, 24, 28, 10),
    track=(5, 14, 9, 24, 34, 14),
)
_YES = {"no": 62, "yes": 38}
SATISFACTION: dict[str, Spread] = {
    "often": Graded({"rarely": 7, "monthly": 16, "weekly": 31, "daily": 46}, pull=0.1),
    "features": Graded(rows=_FEATURES),
    "ease": Graded(points(5, 13, 27, 37, 18), pull=0.8),
    "difficult": Words("difficult", 0.75, {"attachments": 3, "forwarding": 3, "slow": 4}),
    "answers": Graded(points(9, 15, 29, 32, 15), answered=0.94),
    "attended": Graded(_YES, pull=0.2),
    "workshop_content": Graded(points(3, 8, 24, 43, 22), answered=0.97),
    "workshop_way": Graded(points(3, 9, 26, 42, 20), answered=0.96),
    "overall": Graded(points(5, 11, 25, 40, 19), pull=0.9),
    "recommend": Graded(points(2, 1, 2, 2, 3, 7, 9, 17, 24, 18, 15, first=0), answered=0.92, pull=0.8),
    "wanted": Words("wanted", 0.3, {"search": 6, "mobile": 5, "alerts": 4, "templates": 4, "other": 1}),
}
# What truly changed in the last round: since then enquiries are answered by a team of their own.
LAST_ROUND = SATISFACTION | {"answers": Graded(points(4, 8, 20, 41, 27), answered=0.94)}

_AIDS = {"reader": 0.15, "zoom": 0.24, "keyboard": 0.09, "voice": 0.07, "sign": 0.05, "other": 0.03}
_WHERE = {"reading": 0.3, "forms": 0.46, "documents": 0.34, "video": 0.12, "building": 0.24, "other": 0.06}
_BARRIERS = {"reader": 3, "documents": 3, "contrast": 3, "building": 2}
ACCESSIBILITY: dict[str, Spread] = {
    "channels": Several({"phone": 0.72, "computer": 0.48, "call": 0.2, "centre": 0.26}, or_else="phone"),
    "aids": Several(_AIDS, or_else="none", answered=0.93, other="other_aid"),
    "met": Graded({"yes": 41, "no": 59}, pull=0.6),
    "where": Several(_WHERE, or_else="forms", other="elsewhere"),
    "barrier": Words("barrier", 0.7, _BARRIERS),
    "effort": Graded(points(5, 8, 13, 19, 24, 20, 11), pull=0.8),
    "first": Words("first", 0.35, _BARRIERS),
}

_QUALITY = "poor acceptable good very_good"
_SERVICES = _in_lines(
    _QUALITY,
    waste=(14, 27, 41, 18),
    lights=(22, 31, 33, 14),
    pavements=(29, 34, 27, 10),
    roads=(19, 33, 35, 13),
    parks=(16, 28, 37, 19),
    drains=(25, 36, 29, 10),
    markets=(9, 26, 44, 21),
)
_CHANGE = _in_lines(
    "worse same better",
    waste=(14, 52, 34),
    lights=(27, 54, 19),
    pavements=(24, 61, 15),
    roads=(19, 55, 26),
    parks=(12, 47, 41),
)
_IMPORTANCE = _in_lines(
    "less rather very",
    waste=(4, 22, 74),
    lights=(6, 30, 64),
    pavements=(9, 34, 57),
    roads=(7, 36, 57),
    parks=(17, 42, 41),
    drains=(14, 40, 46),
)
_STAFF = _in_lines(
    _QUALITY, reached=(18, 27, 38, 17), courtesy=(6, 17, 46, 31), answer=(15, 29, 38, 18), done=(26, 30, 30, 14)
)
_DISTRICTS = {"palms": 22, "old_market": 17, "orchards": 19, "canal": 14, "station": 15, "new_town": 13}
DISTRICTS: dict[str, Spread] = {
    "district": Graded(_DISTRICTS, pull=0),
    "years": Amount(11, 7, 60),
    "services": Graded(rows=_SERVICES),
    "change": Graded(rows=_CHANGE, answered=0.93),
    "importance": Graded(rows=_IMPORTANCE, pull=0.1),
    "staff": Graded(rows=_STAFF, answered=0.62),
    "overall": Graded(points(8, 17, 31, 33, 11), pull=0.9),
    "stars": Graded(points(10, 16, 28, 30, 16), answered=0.7),
    "place": Words("streets", 0.6),
    "improve": Words("improve", 0.55, {"lights": 4, "waste": 4, "pavements": 4, "parks": 3}),
}
AFTER_REQUEST: dict[str, Spread] = {
    "overall": Graded(points(7, 9, 17, 38, 29), pull=0.9),
    "effort": Graded(points(4, 6, 9, 14, 22, 27, 18), answered=0.9, pull=0.8),
    "solved": Graded({"no": 12, "partly": 18, "yes": 70}, answered=0.95, pull=0.8),
    "missing": Words("missing", 0.5, {"plain": 3, "time": 3, "next_step": 3}),
}
_ROUND: dict[str, Any] = {
    "body": "digital",
    "source": "satisfaction",
    "audience": Audience.MEMBERS,
    "mode": Mode.IDENTIFIED,
    "one_each": True,
    "channels": {Channel.WEB: 0.86, Channel.MAIL: 0.14},
    "kinds": {"agency": 38, "company": 34, "association": 28},
    # Filled in with the quarter.
    "titles": {
        "ar": "رضا الجهات عن نظام المراسلات: الربع {quarter} من عام {year}",
        "en": "Satisfaction with the correspondence system: quarter {quarter} of {year}",
        "zh-hans": "公文流转系统满意度调查（{year}年第{quarter}季度）",
    },
}
# Days from one round to the next, and for how many each is open.
BETWEEN, OPEN_FOR = 91, 21
_LAST_OPENED = -16


def _round(number: int, count: int, left: int, status: Status, *, invited: int, **more: Any) -> Planned:
    opens = _LAST_OPENED - BETWEEN * (4 - number)
    before = f"round{number - 1}" if number > 1 else ""
    spreads = LAST_ROUND if number == 4 else SATISFACTION
    told = {
        "name": f"round{number}",
        "count": count,
        "left": left,
        "invited": invited,
        "status": status,
        "previous": before,
    }
    return Planned(**_ROUND, **told, opens=opens, closes=opens + OPEN_FOR, spreads=spreads, **more)


PLAN = [
    _round(1, 410, 70, Status.RESULTS, invited=1180, decided=_LAST_OPENED - 3 * BETWEEN + 30),
    _round(2, 430, 74, Status.RESULTS, invited=1210, decided=_LAST_OPENED - 2 * BETWEEN + 29),
    _round(3, 460, 81, Status.LIVE, invited=1240),
    _round(4, 400, 66, Status.LIVE, invited=1260),
    Planned(
        name="accessibility",
        source="accessibility",
        body="inclusion",
        titles={},
        opens=-34,
        closes=12,
        status=Status.LIVE,
        count=300,
        left=88,
        spreads=ACCESSIBILITY,
        minutes=4,
    ),
    Planned(
        name="districts",
        source="districts",
        body="municipal",
        titles={},
        audience=Audience.SIGNED_IN,
        mode=Mode.IDENTIFIED,
        one_each=True,
        opens=-25,
        closes=20,
        decided=-3,
        status=Status.PAUSED,
        count=190,
        left=12,
        channels={Channel.WEB: 0.62, Channel.PAPER: 0.25, Channel.PHONE: 0.13},
        spreads=DISTRICTS,
        minutes=7,
    ),
    Planned(
        name="after_request",
        source="post_request",
        body="ministry",
        titles={},
        audience=Audience.INVITED,
        mode=Mode.IDENTIFIED,
        one_each=True,
        opens=-390,
        closes=None,
        status=Status.LIVE,
        count=310,
        left=47,
        channels={Channel.MAIL: 0.81, Channel.WEB: 0.19},
        spreads=AFTER_REQUEST,
        minutes=1.6,
        rise=0.9,
        haste=0.85,
    ),
    Planned(
        name="parking",
        source="consultation",
        body="mobility",
        titles={
            "ar": "استبانة مرافقة: مشروع تنظيم مواقف السيارات في الأحياء",
            "en": "Questionnaire: draft rules for parking in neighbourhoods",
            "zh-hans": "社区停车管理规定草案问卷",
        },
        audience=Audience.SIGNED_IN,
        one_each=True,
        opens=6,
        closes=36,
        status=Status.LIVE,
    ),
    Planned(
        name="visit",
        source="post_visit",
        body="inclusion",
        titles={
            "ar": "رأيكم بعد زيارة مركز الدمج الاجتماعي",
            "en": "After your visit to the social inclusion centre",
            "zh-hans": "社会融合中心到访评价",
        },
        opens=10,
        closes=None,
        status=Status.DRAFT,
    ),
]
