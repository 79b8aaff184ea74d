"""Fill the tables for the tests of recovery and print what they need: run as a program, never by pytest."""

import json

import django

PEOPLE, COMMENTS = 60, 40


def main() -> None:
    """Write an open consultation with comments, and people who are signed in."""
    from django.test import Client
    from django.urls import reverse
    from django.utils.translation import override

    from portal.accounts.choices import OrganisationKind
    from portal.accounts.models import Person
    from tests.factories import CommentFactory, ConsultationFactory, OrganisationFactory
    from tickets.forms.asking import stamp

    def person(name: str) -> Person:
        # Without a password: making one takes long on purpose.
        return Person.objects.create(email=f"{name}@example.org", display_name=name, language="en", password="!")

    # Who is asked by those who do not know whom to ask.
    OrganisationFactory(kind=OrganisationKind.MINISTRY, code="ministry")
    thread, author = ConsultationFactory().thread, person("author")
    comments = [CommentFactory(thread=thread, author=author) for _ in range(COMMENTS)]
    type(thread).objects.filter(pk=thread.pk).update(comment_count=COMMENTS)
    people = {}
    for number in range(PEOPLE):
        client, reader = Client(), person(f"reader{number}")
        client.force_login(reader, backend="allauth.account.auth_backends.AuthenticationBackend")
        people[client.cookies["sessionid"].value] = reader.pk
    with override("en"):
        post = reverse("comments:post", args=[thread.code])
        votes = {reverse("comments:vote", args=[comment.code]): comment.pk for comment in comments}
        form = {"path": reverse("tickets:ask"), "shown": stamp()}
    print(json.dumps({"post": post, "votes": votes, "people": people, "form": form}))


if __name__ == "__main__":
    django.setup()
    main()
