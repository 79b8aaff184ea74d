"""Tests of how the portal is run."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
