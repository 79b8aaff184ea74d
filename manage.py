#!/usr/bin/env python3
"""Django's command line for Sawt."""

import os
import sys


def main() -> None:
    """Run a management command under the settings named by the environment."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings.development")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
