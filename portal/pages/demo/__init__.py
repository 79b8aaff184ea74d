"""The demonstration's services and announcements, and its pages in the hands of the bodies that own them."""

from datetime import timedelta

from portal.accounts.models import Organisation
from portal.pages import content
from portal.pages.models import Announcement, Page, Service, Topic
from portal.pages.services import save_announcement, save_page, save_service
from portal.registry import DemoStage


def load(stage: DemoStage) -> None:
    """Create the services that are missing, for the bodies that exist, and hand over the starting pages."""
    bodies = {body.code: body for body in Organisation.objects.public_bodies()}
    _add_services(bodies)
    _hand_over_pages(bodies)
    _announce(stage, bodies)


def _add_services(bodies: dict[str, Organisation]) -> None:
    topics = {topic.code: topic for topic in Topic.objects.all()}
    known = set(Service.objects.values_list("code", flat=True))
    for row in content.rows("services"):
        body, topic = bodies.get(row.pop("body")), topics.get(row.pop("topic"))
        if body is not None and row["code"] not in known:
            save_service(Service(organisation=body, topic=topic, **row), by=None)


def _hand_over_pages(bodies: dict[str, Organisation]) -> None:
    """Give each page that nobody has edited yet to its body: when it was made, only the ministry was there."""
    owners = {row["key"]: bodies.get(row["owner"]) for row in content.rows("pages")}
    for page in Page.objects.filter(key__in=owners).prefetch_related("versions"):
        owner = owners[page.key]
        if owner is not None and page.owner_id != owner.pk and len(page.versions.all()) == 1:
            page.owner = owner
            save_page(page, by=None)


def _announce(stage: DemoStage, bodies: dict[str, Organisation]) -> None:
    """Announce something, once: what is over stays readable under its address."""
    if Announcement.objects.exists():
        return
    for row in content.rows("announcements"):
        body, days_ago, until = bodies.get(row.pop("body")), row.pop("days_ago"), row.pop("until")
        if body is None:
            continue
        shown_from = stage.anchor - timedelta(days=days_ago)
        expires_at = stage.anchor + timedelta(days=until) if until else None
        announcement = Announcement(
            organisation=body, shown_from=shown_from, expires_at=expires_at, is_public=True, **row
        )
        save_announcement(announcement, by=None)
