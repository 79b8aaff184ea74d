"""The commands behind the Makefile; standard library only, because they run before anything is installed."""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036, an older Python must get a sentence instead of a traceback
    found = ".".join(str(part) for part in sys.version_info[:2])
    sys.exit(f"Sawt needs Python 3.11 and this is {found}: name a newer one, as in `make run PYTHON=python3.11`.")

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from sawt_tools.cli import main  # noqa: E402, after the check of the version

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
