"""From the word on the command line to the part that does it."""

import importlib
import sys

from sawt_tools import console
from sawt_tools.console import Problem, say

COMMANDS = {
    "run": "running:run",
    "services": "running:services",
    "env": "running:env",
    "manage": "running:manage",
    "test": "checking:test",
    "check": "checking:check",
    "bench": "measuring:bench",
    "docs": "guides:docs",
    "screenshots": "guides:screenshots",
    "accessibility": "guides:accessibility",
    "messages": "developing:messages",
    "lock": "developing:lock",
    "clean": "developing:clean",
    "reset": "developing:reset",
}


def main(arguments: list[str]) -> int:
    """Run one command; a problem is one sentence and exit status 1, an end asked for is status 0."""
    console.prepare()
    name, *rest = arguments or [""]
    if name == "guard":
        return int(importlib.import_module("sawt_tools.guard").main(rest))
    if name not in COMMANDS:
        say("Use make: `make help` lists the commands.")
        return 2
    module, function = COMMANDS[name].split(":")
    try:
        result = getattr(importlib.import_module(f"sawt_tools.{module}"), function)(*rest)
    except Problem as problem:
        print(f"\n✗  {problem}", file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"\n✗  This needs a folder one may write to: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, console.Stop):
        say("\nEnded; nothing is left running.")
        return 0
    return int(result or 0)
