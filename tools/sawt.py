"""The commands behind the Makefile; standard library only, because they run before anything is installed."""

import os
import sys

if sys.version_info < (3, 11):
    found = ".".join(str(part) for part in sys.version_info[:2])
    sys.exit(
        "Sawt needs Python 3.11 or newer and this is %s: name another one, as in `make run PYTHON=python3.11`." % found
    )

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from sawt_tools.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
