"""From a page to a tagged PDF. Imported by short-lived commands alone: WeasyPrint is heavy."""

import mimetypes
import os
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

# The address of our static files inside a document. Nothing answers there but the fetcher below.
STATIC_BASE = "https://static.invalid/"
# One file per family: several files under one name print wrong glyphs. Hence the bold faces have names of their own.
FACES = {
    "Sawt Arabic": "NotoKufiArabic-Regular.ttf",
    "Sawt Arabic Bold": "NotoKufiArabic-Bold.ttf",
    "Sawt Latin": "NotoSans-Regular.ttf",
    "Sawt Latin Bold": "NotoSans-Bold.ttf",
    "Sawt Signs": "DejaVuSans.ttf",
    "Sawt Chinese": "wqy-microhei.ttc",
}
# The languages' own letters: without one of these files a report would be full of empty boxes.
REQUIRED_FACES = {"ar": "Sawt Arabic", "en": "Sawt Signs", "zh-hans": "Sawt Chinese"}
SYSTEM_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", str(Path.home() / ".local/share/fonts"))


class FontMissing(RuntimeError):
    """The file without which a language cannot be written is in none of the folders."""


class AddressRefused(ValueError):
    """A page asked for something that is not ours: it is left out."""


class StaticFileMissing(FatalURLFetchingError):
    """A page asked for a static file that does not exist: no report is made without its style."""


class OwnFilesOnly(URLFetcher):
    """Answer for our static files and the fonts found, and for nothing else: no network, no other file."""

    def __init__(self, fonts: dict[str, Path]) -> None:
        super().__init__()
        self._fonts = {path.as_uri(): path for path in fonts.values()}

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Return the file; raises ``AddressRefused``, or ``StaticFileMissing`` which stops the document."""
        path = self._fonts.get(url) or self._static_file(url)
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": kind})

    def _static_file(self, url: str) -> Path:
        name = urlsplit(url).path.lstrip("/")
        if not url.startswith(STATIC_BASE) or ".." in name or "%" in name:
            raise AddressRefused(url)
        found = finders.find(name)
        if found is None:
            raise StaticFileMissing(url)
        return Path(found)


def find_fonts() -> dict[str, Path]:
    """Return where each family's file lies, in the deployment's own folder of fonts first."""
    wanted = {name: family for family, name in FACES.items()}
    found: dict[str, Path] = {}
    for folder in filter(None, (settings.PDF_FONTS, *SYSTEM_FOLDERS)):
        for parent, _, names in os.walk(folder):
            for name in names:
                if name in wanted:
                    found.setdefault(wanted[name], Path(parent) / name)
    return found


def require_font(language: str, fonts: dict[str, Path]) -> None:
    """Raise ``FontMissing`` when the file this language cannot do without was not found."""
    family = REQUIRED_FACES.get(language, REQUIRED_FACES["en"])
    if family not in fonts:
        raise FontMissing(f"The font {FACES[family]} is missing: install it, or name its folder in SAWT_FONTS.")


def font_faces(fonts: dict[str, Path]) -> str:
    """Return the style sheet that names each file found."""
    return "\n".join(
        f'@font-face{{font-family:"{family}";src:url("{path.as_uri()}")}}' for family, path in fonts.items()
    )


def write_pdf(html: str, language: str, target: Path) -> None:
    """Write a tagged PDF (PDF/UA-1), in one go: the file is there whole or not at all. Raises ``FontMissing``."""
    fonts = find_fonts()
    require_font(language, fonts)
    fetcher = OwnFilesOnly(fonts)
    configuration = FontConfiguration()
    faces = CSS(string=font_faces(fonts), font_config=configuration, url_fetcher=fetcher)
    page = HTML(string=html, base_url=STATIC_BASE, url_fetcher=fetcher)
    content = page.write_pdf(pdf_variant="pdf/ua-1", stylesheets=[faces], font_config=configuration)
    part = target.with_name(target.name + ".part")
    part.write_bytes(content)
    part.replace(target)
