"""A real relay for invitations, and the language of those who read what is refused."""

import pytest
from django.utils import translation

from tests.mailings.conftest import relay as relay


@pytest.fixture(autouse=True)
def english():
    """Let what is refused be read in English, unless a page or a test chooses another language."""
    with translation.override("en"):
        yield
