"""The site of guides, built by `make docs`: which pages it has, in which order, and how they are drawn.

Pages are plain Markdown that reads as well in the repository. A page in Arabic or Chinese begins with `lang: ar` or
`lang: zh-Hans` between two lines of three hyphens. A picture that has a sibling named `.dark.webp` is shown in that
form to readers whose screen is dark.
"""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

HERE = Path(__file__).parent

# What stands at the side of each page. A page that is missing here, or here and missing, stops the build.
CONTENTS = {
    "For citizens": ["citizens/README", "citizens/en", "citizens/ar", "citizens/zh"],
    "For staff": ["agents/README", "moderators/README", "editors/README", "managers/README", "staff"],
    "For operators": [
        "operators/README",
        *(
            f"operators/{name}"
            for name in (
                "install",
                "configuration",
                "upgrade",
                "backup",
                "monitoring",
                "scaling",
                "channels",
                "newsletter",
                "surveys",
            )
        ),
    ],
    "For developers": [
        "developers/README",
        "developers/recipes",
        "developers/surveys",
        "developers/tests",
        "components",
    ],
    "What was checked": ["security/asvs", "accessibility"],
    "Decisions": sorted(f"decisions/{file.stem}" for file in HERE.glob("decisions/*.md")),
}

project = "Sawt: guides"
root_doc = "README"
extensions = ["myst_parser"]
exclude_patterns = ["_site"]
language = "en"
source_suffix = {".md": "markdown"}

myst_heading_anchors = 4
myst_enable_extensions = ["attrs_inline", "colon_fence"]
# The order of pages is given above, without lists of contents inside them; examples name values of their own.
suppress_warnings = ["toc.not_included", "misc.highlighting_failure"]

html_theme = "_site"
html_theme_path = ["."]
html_title = project
# The portal's own look, type and mark: nothing is asked of another host.
html_static_path = ["../static"]
html_copy_source = False
html_use_index = False
html_show_sphinx = False


def check_contents(app: Sphinx, env: Any) -> None:
    """Raise where the list of contents and the pages differ."""
    listed = {root_doc, *(name for names in CONTENTS.values() for name in names)}
    if listed != env.found_docs:
        raise ExtensionError(f"Pages and CONTENTS of docs/conf.py differ: {sorted(listed ^ env.found_docs)}")


def lead_out(app: Sphinx, name: str, source: list[str]) -> None:
    """Let links to Markdown elsewhere in the repository give the file itself, since it is no page of this site."""

    def give(found: re.Match[str]) -> str:
        target = (HERE / name).parent / found["path"]
        inside = target.resolve().is_relative_to(HERE)
        return found[0] if inside else f"{{download}}`{found['words']} <{found['path']}>`"

    source[0] = re.sub(r"\[(?P<words>[^\]]+)\]\((?P<path>\.\./[^)#\s]*\.md)\)", give, source[0])


def note_dark_pictures(app: Sphinx, doctree: nodes.document) -> None:
    """Take in the dark siblings of the pictures of a page."""
    for image in doctree.findall(nodes.image):
        dark = image["uri"].removesuffix(".webp") + ".dark.webp"
        if (HERE / dark).is_file():
            app.env.images.add_file(app.env.docname, dark)
            app.env.note_dependency(dark)


def with_dark_pictures(app: Sphinx, body: str) -> str:
    """Return a page with the dark siblings of its pictures beside them."""

    def widen(found: re.Match[str]) -> str:
        dark = f"{found['name']}.dark.webp"
        if not (HERE / "pictures" / dark).is_file():
            return found[0]
        source = f'<source srcset="{found["folder"]}{dark}" media="(prefers-color-scheme: dark)">'
        return f"<picture>{source}{found[0]}</picture>"

    return re.sub(r'<img [^>]*src="(?P<folder>[^"]*_images/)(?P<name>[^"]+)\.webp"[^>]*>', widen, body)


def entry(app: Sphinx, name: str, current: str, pathto: Any) -> dict[str, Any]:
    """Return what the list of contents shows of a page."""
    language = app.env.metadata[name].get("lang", "en")
    title = app.env.titles[name].astext()
    return {"title": title, "url": pathto(name), "lang": language, "current": name == current}


def draw(app: Sphinx, name: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Give the template language, direction and list of contents."""
    language = app.env.metadata[name].get("lang", "en") if name in app.env.metadata else "en"
    context |= {"page_language": language, "page_direction": "rtl" if language == "ar" else "ltr"}
    context["contents"] = [
        (title, [entry(app, page, name, context["pathto"]) for page in pages]) for title, pages in CONTENTS.items()
    ]
    if "body" in context:
        # Tables scroll within their own box on a telephone.
        box = '<div class="table-wrap" tabindex="0" role="region" aria-label="Table"><table class="table'
        body = re.sub(r'<table class="docutils', box, with_dark_pictures(app, context["body"]))
        # These two classes mean something else in the portal's style sheet.
        body = body.replace('<th class="head', '<th scope="col" class="').replace("</table>", "</table></div>")
        context["body"] = re.sub(r'<tr class="row-(odd|even)"', "<tr", body)


def open_at_index(app: Sphinx, error: Exception | None) -> None:
    """Let the folder open at its first page."""
    if error is None:
        (Path(app.outdir) / "index.html").write_bytes((Path(app.outdir) / f"{root_doc}.html").read_bytes())


def setup(app: Sphinx) -> None:
    """Take part in the build."""
    app.connect("env-check-consistency", check_contents)
    app.connect("source-read", lead_out)
    app.connect("doctree-read", note_dark_pictures)
    app.connect("html-page-context", draw)
    app.connect("build-finished", open_at_index)
