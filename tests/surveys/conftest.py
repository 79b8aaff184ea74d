"""A real relay for invitations, and the language of those who read what is refused."""

import pytest

from tests.mailings.conftest import relay as relay


@pytest.fixture(autouse=True)
def in_english(english):
    """Let what is refused be read in English, unless a page or a test chooses another language."""
