"""Writing an issue: its subject, its parts and their order. All of it only while the issue may be written."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from newsletter.choices import WRITING_STATES
from newsletter.models import Block, Issue, Link
from newsletter.rules import may_edit
from newsletter.services.issues import IssueRefused, offer
from portal.accounts.models import Person
from portal.audit.services import record, stored
from portal.files.models import StoredFile
from portal.files.services import Accepted, forget, keep
from portal.languages import MEANING, Revision, revise, text_columns


@transaction.atomic
def save_issue(issue: Issue, *, by: Person, revision: Revision = MEANING) -> Issue:
    """Save the subject and the line beside it; raises ``IssueRefused`` when it may not be written now or by them."""
    _writable(issue, by=by)
    before = stored(issue)
    revise(issue, before, revision)
    issue.written_by, issue.updated_at = issue.written_by or by, timezone.now()
    texts = text_columns(Issue)
    columns = [column for by_language in texts.values() for column in by_language.values()]
    # The state is the row's own business: it may have moved since this object was read.
    issue.save(update_fields=[*texts, *columns, "behind", "written_by", "updated_at"])
    record("issue.saved", issue, by=by, data=revision.facts, before=before)
    return issue


@transaction.atomic
def save_part(block: Block, *, by: Person, image: Accepted | None = None, revision: Revision = MEANING) -> Block:
    """Save a part; a new one comes last. Raises ``FileRefused`` when the storage does not take the image."""
    issue = _writable(block.issue, by=by)
    before, is_new = stored(block), block.pk is None
    if is_new:
        block.position = _next_position(issue)
    earlier = block.image if image else None
    if image:
        block.image = keep(image)
    revise(block, before, revision)
    block.save()
    _forget_unused(earlier)
    _touch(issue, block, "added" if is_new else "changed", by=by, before=before, revision=revision)
    return block


@transaction.atomic
def save_links(block: Block, *, kept: Iterable[tuple[Link, Revision]], gone: Iterable[Link], by: Person) -> None:
    """Save the links of a list that were changed or added, and take out those that are gone."""
    issue = _writable(block.issue, by=by)
    for link in gone:
        link.delete()
    for link, revision in kept:
        revise(link, stored(link), revision)
        link.block = block
        link.save()
    _touch(issue, block, "links_changed", by=by)


@transaction.atomic
def move_part(block: Block, *, by: Person, is_up: bool) -> None:
    """Let a part change places with its neighbour; the first stays first, the last stays last."""
    issue = _writable(block.issue, by=by)
    order = list(issue.blocks.all())
    at = order.index(block)
    to = at - 1 if is_up else at + 1
    if not 0 <= to < len(order):
        return
    order[at], order[to] = order[to], order[at]
    _number(order)
    _touch(issue, block, "reordered", by=by)


@transaction.atomic
def duplicate_part(block: Block, *, by: Person) -> Block:
    """Put a copy of a part, with its links, right behind it; the image is shared."""
    issue = _writable(block.issue, by=by)
    order = list(issue.blocks.all())
    links = list(block.links.all())
    copy = Block.objects.get(pk=block.pk)
    copy.pk, copy.offered_by = None, ""
    copy.code = Block._meta.get_field("code").get_default()
    copy.save(force_insert=True)
    for link in links:
        link.pk, link.block = None, copy
        link.save(force_insert=True)
    order.insert(order.index(block) + 1, copy)
    _number(order)
    _touch(issue, copy, "added", by=by)
    return copy


@transaction.atomic
def remove_part(block: Block, *, by: Person) -> None:
    """Take a part out for good. What the portal offered may be offered again."""
    issue = _writable(block.issue, by=by)
    image = block.image
    _touch(issue, block, "removed", by=by)
    block.delete()
    _number(issue.blocks.all())
    _forget_unused(image)


@transaction.atomic
def look_for_more(issue: Issue, *, by: Person) -> int:
    """Add what the portal offers by now and the issue does not have; return how many parts."""
    issue = _writable(issue, by=by)
    added = offer(issue)
    record("issue.offers_added", issue, by=by, data={"parts": added})
    return added


def _writable(issue: Issue, *, by: Person) -> Issue:
    issue = Issue.objects.select_for_update(no_key=True).get(pk=issue.pk)
    if issue.state not in WRITING_STATES:
        raise IssueRefused("state")
    if not may_edit(by, issue):
        raise IssueRefused("forbidden")
    return issue


def _next_position(issue: Issue) -> int:
    last = issue.blocks.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _number(order: Iterable[Block]) -> None:
    for position, block in enumerate(order):
        if block.position != position:
            Block.objects.filter(pk=block.pk).update(position=position)


def _forget_unused(image: StoredFile | None) -> None:
    """Delete an image that no part shows any more; a copy of a part shares its image with the first."""
    if image is not None and not Block.objects.filter(image=image).exists():
        forget(image)


def _touch(
    issue: Issue, block: Block, verb: str, *, by: Person, before: dict | None = None, revision: Revision = MEANING
) -> None:
    now = timezone.now()
    Issue.objects.filter(pk=issue.pk).update(written_by=issue.written_by or by, updated_at=now)
    record(f"part.{verb}", block, by=by, data={"issue": issue.code, **revision.facts}, before=before)
