"""An owner of urns for tests: two tables, one of who took part and one of what was said, and a real mixer to kill.

As a program: python -m tests.urns.owner SECONDS, which waits so long after the first half of each batch.
"""

import sys
import time
import uuid
from contextlib import suppress

import django

NAME = "test"
TABLES = """
CREATE TABLE IF NOT EXISTS urn_test_took_part (id serial PRIMARY KEY, who text);
CREATE TABLE IF NOT EXISTS urn_test_said (id uuid PRIMARY KEY, said text);
DELETE FROM urn_test_took_part;
DELETE FROM urn_test_said;
"""


def said_by(who):
    """Return what somebody said."""
    return f"what {who} said"


def register(open_=None):
    """Offer the owner to the mixer."""
    from portal import registry

    forget()
    registry.urns.register(NAME, registry.UrnOwner(open_ or write))


def forget():
    """Take the owner away again."""
    from portal import registry

    registry.urns._entries.pop(NAME, None)


def write(urn, contents):
    """Write what was said, in the order in which it is given."""
    from django.db import connection

    with connection.cursor() as cursor:
        for content in contents:
            cursor.execute("INSERT INTO urn_test_said VALUES (%s, %s)", [str(uuid.uuid4()), content.decode()])


def main(pause):
    """Mix without end, and say so in the middle of each batch."""
    from django.db import Error, close_old_connections

    from portal.urns import services

    def slowly(urn, contents):
        half = len(contents) // 2
        write(urn, contents[:half])
        print("half", flush=True)
        time.sleep(pause)
        write(urn, contents[half:])

    register(slowly)
    print("ready", flush=True)
    while True:
        close_old_connections()
        with suppress(Error):
            services.mix_all()
        time.sleep(0.02)


if __name__ == "__main__":
    django.setup()
    main(float(sys.argv[1]))
