"""axe on the page that is open: its findings alone come back, since telling of all that is well takes longer."""

import json
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    # Of WCAG 2.2, and off by default.
    "rules": {"target-size": {"enabled": True}},
    # What else is found is not reckoned out for each place: nobody reads it.
    "resultTypes": ["violations"],
}
_RUN = """axe.run(%s).then(found => ({
    engine: `${found.testEngine.name} ${found.testEngine.version}`,
    nodes: found.violations.flatMap(({id, nodes}) => nodes.map(node => [id, node.html.slice(0, 140)])),
}))"""


def judge(page: Page) -> dict[str, Any]:
    """Return the engine's name, and ``nodes``: each rule that is broken with the beginning of the place."""
    return page.evaluate(f"{AXE_SCRIPT};\n{_RUN % json.dumps(RULES)}")
