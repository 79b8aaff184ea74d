"""A real relay for invitations, and the language of those who read what is refused."""

import pytest
from django.utils import translation

from tests.mailings.conftest import relay as relay


@pytest.fixture
def english():
    with translation.override("en"):
        yield
