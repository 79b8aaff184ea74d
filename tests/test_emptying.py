"""What tests that commit leave behind."""

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction

from portal.accounts.models import Membership, Person
from portal.audit import services as audit
from portal.audit.models import Entry
from tests.emptying import empty
from tests.factories import MembershipFactory


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_but_kinds_of_content_and_rights_and_ledgers_refuse_as_before():
    kept = list(ContentType.objects.order_by("pk")), list(Permission.objects.order_by("pk"))
    person = MembershipFactory().person
    audit.record("person.seen", person, by=None)
    empty(connection)
    assert [model.objects.count() for model in (Membership, Person, Entry)] == [0, 0, 0]
    assert (list(ContentType.objects.order_by("pk")), list(Permission.objects.order_by("pk"))) == kept
    assert kept[0]
    entry = audit.record("person.seen", MembershipFactory().person, by=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(pk=entry.pk).delete()


@pytest.mark.django_db(transaction=True)
def test_a_table_without_rows_is_not_touched(django_assert_num_queries):
    # Begin, the list of tables, one question to all of them, the setting, and the end.
    with django_assert_num_queries(5):
        empty(connection)
