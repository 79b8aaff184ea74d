"""Start a program that the kernel signals when its starter dies: launch.py SIGNAL PROGRAM ARGUMENT…

The second belt beside the guard; a program of its own, because code between fork and exec is no place for ctypes.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    starter = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(sys.argv[1]), 0, 0, 0)
    if os.getppid() != starter:
        sys.exit(1)
    os.execvp(sys.argv[2], sys.argv[2:])
