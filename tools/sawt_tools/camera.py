"""Take the pictures of the guides; run by the environment's Python, on a portal and a clock of its own.

The clock stands still, the demonstration's dates follow from it, and nothing moves: the same code gives the same
pictures. Names on the command line choose some of the list in docs/pictures/list.toml.
"""

import io
import os
import random
import re
import secrets
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PICTURES = ROOT / "docs" / "pictures"
# A Sunday morning in Riyadh: the week begins, and the service desks are open.
MOMENT = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
LANGUAGES = {"ar": "ar", "en": "en", "zh": "zh-hans"}
THEMES = {"light": "", "dark": ".dark"}
LOOKS: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 1.5},
    "desk": {"viewport": {"width": 1280, "height": 800}, "device_scale_factor": 1},
}
QUALITY = 70
# Of 255, in one colour of one point.
UNSEEN = 40
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage", "--font-render-hinting=none"]


def shots(chosen: set[str]) -> Iterator[tuple[dict[str, Any], str, str, str]]:
    """Give each picture of the list with a language, a look and a theme."""
    rows = tomllib.loads((PICTURES / "list.toml").read_text(encoding="utf-8"))["picture"]
    for row in (row for row in rows if not chosen or row["name"] in chosen):
        for language in row.get("languages", LANGUAGES):
            for look in row["looks"]:
                yield from ((row, language, look, theme) for theme in row.get("themes", THEMES))


def file_of(row: dict[str, Any], language: str, look: str, theme: str) -> Path:
    """Return where a picture is kept."""
    return PICTURES / f"{row['name']}.{language}.{look}{THEMES[theme]}.webp"


def prepare() -> None:
    """Stop the clock and start Django: in this order, since models take the clock's function as they are made."""
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.test")
    # Playwright's own loop runs in this thread, and Django takes that for an async view.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    import django
    from django.utils import timezone

    timezone.now = lambda: MOMENT
    # Public codes stand in some pages; these pictures protect nothing.
    secrets.choice = random.Random(1).choice
    django.setup()


@contextmanager
def portal() -> Iterator[str]:
    """Start a portal with the demonstration on a database of its own; give its address."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.management import call_command
    from django.db import connection
    from django.test.testcases import LiveServerThread

    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    call_command("demo", verbosity=0)
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        # The database goes with the stores it is in.
        server.terminate()


def address(path: str, language: str) -> str:
    """Return a path of the list with language and codes in it: ``{consultation:slug}``, ``{case}``, ``{hidden}``…"""
    from engagement.comments.models import Comment
    from engagement.consultations.models import Consultation
    from moderation.models import Case

    def code(found: re.Match[str]) -> str:
        kind, name = found["kind"], found["name"]
        if kind == "consultation":
            return f"{Consultation.objects.get(slug=name).code}/{name}"
        if kind == "consultation_id":
            return str(Consultation.objects.get(slug=name).pk)
        if kind == "case":
            return str(Case.objects.filter(decided_at=None).order_by("pk")[0].code)
        if kind in {"visible", "hidden"}:
            return str(Comment.objects.filter(parent=None, state=kind).order_by("pk")[0].code)
        return {"language": LANGUAGES[language]}[kind]

    return re.sub(r"\{(?P<kind>\w+)(?::(?P<name>[-\w]+))?\}", code, path)


def sign_in(context: Any, name: str, base: str) -> None:
    """Give a context the session of one of the demonstration's people."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from portal.accounts.models import Person

    person = Person.objects.get(email=f"{name}@demo.example")
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": base}])


def act(page: Any, step: dict[str, Any], language: str) -> None:
    """Do one step: ``click``, ``check`` or ``fill`` what a selector names."""
    if "fill" in step:
        page.fill(step["fill"], step["with"][language] if isinstance(step["with"], dict) else step["with"])
    elif "check" in step:
        page.check(step["check"])
    else:
        page.click(step["click"])
        page.wait_for_load_state("networkidle")


def picture(browser: Any, base: str, row: dict[str, Any], language: str, look: str, theme: str) -> bytes:
    """Return one picture as the browser gives it."""
    options = {"color_scheme": theme, "reduced_motion": "reduce", "timezone_id": "Asia/Riyadh", "bypass_csp": True}
    context = browser.new_context(base_url=base, locale=LANGUAGES[language], **LOOKS[look], **options)
    try:
        if "as" in row:
            sign_in(context, row["as"], base)
        page = context.new_page()
        answer = page.goto(address(row["path"], language), wait_until="networkidle")
        if answer is None or answer.status != 200:
            raise SystemExit(f"{row['name']}: {page.url} answers {answer and answer.status}.")
        for step in row.get("steps", []):
            act(page, step, language)
        if "show" in row:
            page.eval_on_selector(row["show"], "found => window.scrollBy(0, found.getBoundingClientRect().top - 16)")
        page.evaluate("document.fonts.ready")
        return bytes(page.screenshot(animations="disabled", caret="hide"))
    finally:
        context.close()


def keep(image: bytes, file: Path) -> None:
    """Write a picture in its compact form; where nobody could tell it from the one that is there, that one stays."""
    from PIL import Image

    draft = io.BytesIO()
    Image.open(io.BytesIO(image)).convert("RGB").save(draft, "WEBP", quality=QUALITY, method=6)
    if not file.exists() or not alike(file.read_bytes(), draft.getvalue()):
        file.write_bytes(draft.getvalue())


def alike(one: bytes, other: bytes) -> bool:
    """Tell whether two pictures differ by no more than the edges of letters do from one run to the next."""
    from PIL import Image, ImageChops

    first, second = (Image.open(io.BytesIO(data)).convert("RGB") for data in (one, other))
    if first.size != second.size:
        return False
    return max(most for _least, most in ImageChops.difference(first, second).getextrema()) <= UNSEEN


def main(names: list[str]) -> None:
    """Take the pictures, and remove those that are on the list no more."""
    from playwright.sync_api import sync_playwright

    prepare()
    todo = list(shots(set(names)))
    with portal() as base, sync_playwright() as playwright:
        program = os.environ.get("SAWT_BROWSER") or None
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        for row, language, look, theme in todo:
            file = file_of(row, language, look, theme)
            keep(picture(browser, base, row, language, look, theme), file)
            print(f"{file.name} {file.stat().st_size // 1000} kB", flush=True)
        browser.close()
    if not names:
        for file in set(PICTURES.glob("*.webp")) - {file_of(*shot) for shot in todo}:
            file.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
