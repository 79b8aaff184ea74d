"""How long after a change the next visitor still sees what was before."""

import http.client
import re
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from bench import load
from bench.people import Places, voting
from engagement.comments.models import Comment
from engagement.comments.services import hide_comment, post_comment, vote_on_comment
from engagement.consultations.models import Consultation
from engagement.consultations.services import withdraw
from moderation.models import Ground
from portal.accounts.models import Person
from portal.cache import bump

TRIALS = 4
PATIENCE = 10.0
STEP = 0.02
SETTLED = 2.5


def slowest(address: tuple[str, int], where: Places, sessions: list[str]) -> tuple[float, dict[str, float]]:
    """Return the longest wait in seconds, and the longest of each kind: in quiet times and while many vote."""
    waits: dict[str, float] = {}
    for kind, trial in (("comment", _comment), ("hidden comment", _hidden), ("vote", _vote), ("state", _state)):
        waits[kind] = max(trial(address, where) for _ in range(TRIALS))
    waits["close by date"] = max(_close(address) for _ in range(2))
    over = threading.Event()
    storm = threading.Thread(target=_storm, args=(address, sessions, over), daemon=True)
    storm.start()
    time.sleep(0.5)
    for kind, trial in (("comment", _comment), ("vote", _vote)):
        waits[f"{kind} while many vote"] = max(trial(address, where) for _ in range(TRIALS))
    over.set()
    storm.join()
    return max(waits.values()), waits


def _storm(address: tuple[str, int], sessions: list[str], over: threading.Event) -> None:
    make = voting(sessions)
    while not over.is_set():
        load.run(address, make, 0.5, connections=4)


def _read(address: tuple[str, int], path: str) -> str:
    line = http.client.HTTPConnection(*address, timeout=PATIENCE)
    line.request("GET", path, headers={"Host": "localhost"})
    text = line.getresponse().read().decode()
    line.close()
    return text


def _wait(address: tuple[str, int], path: str, act: Callable[[], object], seen: Callable[[str], bool]) -> float:
    """Read the page so that it is kept, act, and return the seconds until a visitor sees it."""
    assert not seen(_read(address, path))
    act()
    began = time.perf_counter()
    while not seen(_read(address, path)):
        if time.perf_counter() - began > PATIENCE:
            return PATIENCE
        time.sleep(STEP)
    return time.perf_counter() - began


def _small() -> Consultation:
    return Consultation.objects.get(slug="island-ferries")


def _somebody() -> Person:
    return Person.objects.filter(email__endswith="@city.demo.example").order_by("?")[0]


def _comment(address: tuple[str, int], where: Places) -> float:
    words = f"Seen at {time.time_ns()}"
    author = _somebody()
    act = lambda: post_comment(_small().thread, author=author, body=words, language="en")  # noqa: E731
    return _wait(address, f"{where.small}?sort=newest", act, lambda page: words in page)


def _hidden(address: tuple[str, int], where: Places) -> float:
    comment = post_comment(_small().thread, author=_somebody(), body=f"Gone at {time.time_ns()}", language="en")
    until = time.monotonic() + 3
    while comment.body not in _read(address, f"{where.small}?sort=newest") and time.monotonic() < until:
        time.sleep(STEP)
    ground, moderator = Ground.objects.order_by("number")[0], Person.objects.get(email="moderator@demo.example")
    act = lambda: hide_comment(comment, ground=ground, by=moderator)  # noqa: E731
    return _wait(address, f"{where.small}?sort=newest", act, lambda page: comment.body not in page)


def _vote(address: tuple[str, int], where: Places) -> float:
    # Until both processes have forgotten what they showed before the trial before this one.
    time.sleep(SETTLED)
    top = _small().thread.comments.top_level().order_by("-score", "-id")[0]
    voters = Person.objects.filter(email__endswith="@city.demo.example").exclude(comment_votes__comment=top)
    voter = voters.exclude(pk=top.author_id).order_by("?")[0]
    block = re.compile(rf'id="votes-{top.code}".*?</span></span>|id="votes-{top.code}".*?</article>', re.DOTALL)
    before = block.search(_read(address, where.small))
    assert before is not None
    act = lambda: vote_on_comment(Comment.objects.get(pk=top.pk), by=voter, value=1)  # noqa: E731

    def seen(page: str) -> bool:
        now = block.search(page)
        return now is None or now.group() != before.group()

    return _wait(address, where.small, act, seen)


def _state(address: tuple[str, int], where: Places) -> float:
    editor = Person.objects.get(email="editor@demo.example")
    consultation = Consultation.objects.filter(status="published", closes_at__gt=timezone.now(), poll=None)[0]
    for name in ("ar", "en", "zh_hans"):
        setattr(consultation, f"withdrawal_reason_{name}", "Dropped")
    consultation.save()
    path = f"/en/consultations/{consultation.code}/{consultation.slug}/"
    return _wait(address, path, lambda: withdraw(consultation, by=editor), lambda page: 'id="withdrawn-title"' in page)


def _close(address: tuple[str, int]) -> float:
    """Return the seconds after the closing moment at which the page still took comments."""
    consultation = Consultation.objects.filter(
        status="published", opens_at__lt=timezone.now(), closes_at__gt=timezone.now() + timedelta(hours=1), poll=None
    ).order_by("-pk")[0]
    closes = timezone.now() + timedelta(seconds=4)
    type(consultation.thread).objects.filter(pk=consultation.thread_id).update(closes_at=closes)
    Consultation.objects.filter(pk=consultation.pk).update(closes_at=closes)
    bump()
    path = f"/en/consultations/{consultation.code}/{consultation.slug}/"
    time.sleep(1.5)
    while 'name="body"' in _read(address, path):
        time.sleep(STEP)
    return max(0.0, (timezone.now() - closes).total_seconds())
