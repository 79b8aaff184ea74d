"""An answer to a request that no middleware has seen: a wrong host is refused before sessions and people are known."""

import pytest
from django.core.exceptions import DisallowedHost
from django.test import RequestFactory

from portal.web.views.errors import bad_request


@pytest.mark.django_db
def test_a_refused_host_gets_the_page_of_a_bad_request():
    response = bad_request(RequestFactory().get("/en/"), DisallowedHost("evil.example"))
    assert response.status_code == 400
    assert "<h1" in response.content.decode()
