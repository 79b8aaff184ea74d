"""A real relay for invitations."""

from tests.mailings.conftest import relay as relay
