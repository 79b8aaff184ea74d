"""Requests and what was said in them."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import Contact, Organisation, Person, Team
from portal.calendars.models import Deadline
from portal.files.models import StoredFile
from portal.ledgers import Ledger
from portal.pages.models import Service
from portal.text import new_code
from tickets.choices import OPEN_STATES, Channel, EntryKind, Mover, Stage, TicketKind, TicketState
from tickets.querysets.lanes import IN_WORK, OVER, lane
from tickets.querysets.tickets import EntryQuerySet, TicketQuerySet

SUBJECT_LENGTH = 150
# As ``most_urgent_first`` orders.
_ORDER = (lane(), "next_due_at", "id")


class Ticket(models.Model):
    """One request of one person, guest or caller, answered by one body.

    ``code`` names it in staff's addresses, ``reference`` in people's mouths; neither opens anything by itself. The
    secret link of a guest holds a token of which only the hash is kept, with the salt it was made of: a new salt
    makes every earlier link useless. ``next_due_at`` repeats the earlier of the promises that still run, so that a
    queue of a million is read from an index.
    """

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    reference = models.CharField(_("reference number"), max_length=12, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=40, choices=TicketKind.choices)
    state = models.CharField(_("state"), max_length=10, choices=TicketState.choices, default=TicketState.NEW)
    channel = models.CharField(_("came by"), max_length=10, choices=Channel.choices, default=Channel.WEB)
    reply_by = models.CharField(_("preferred channel"), max_length=10, choices=Channel.choices, default=Channel.EMAIL)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    subject = models.CharField(_("subject"), max_length=SUBJECT_LENGTH)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("body")
    )
    service = models.ForeignKey(
        Service, on_delete=models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("service")
    )
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="tickets")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="tickets")
    speaks_for = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("speaks for")
    )
    sender_name = models.CharField(_("name"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=16, blank=True)
    secret_salt = models.CharField(max_length=16, default=new_code, editable=False)
    secret_hash = models.CharField(max_length=64, unique=True, null=True, editable=False)
    assignee = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("assigned to")
    )
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    claimed_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    claimed_until = models.DateTimeField(null=True)
    first_reply = models.OneToOneField(Deadline, on_delete=models.PROTECT, related_name="first_reply_of")
    solution = models.OneToOneField(Deadline, on_delete=models.PROTECT, null=True, related_name="solution_of")
    next_due_at = models.DateTimeField(_("due"), null=True, editable=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("joined with")
    )
    # What one sending of one form carries: a double click and the back button give one request.
    once = models.CharField(max_length=80, unique=True, null=True, editable=False)
    created_at = models.DateTimeField(_("received"), default=timezone.now, editable=False)
    state_since = models.DateTimeField(_("in this state since"), default=timezone.now, editable=False)
    reminded_for = models.DateTimeField(null=True, editable=False)
    # When its sender was last told how it stands: by a reply, the receipt, or a notice of progress.
    told_at = models.DateTimeField(null=True, editable=False)
    last_activity_at = models.DateTimeField(_("last activity"), default=timezone.now, editable=False)
    solved_at = models.DateTimeField(_("solved"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        constraints = [
            models.CheckConstraint(condition=models.Q(person=None) | models.Q(contact=None), name="ticket_one_sender"),
            models.CheckConstraint(
                condition=(models.Q(state=TicketState.MERGED, merged_into__isnull=False))
                | (~models.Q(state=TicketState.MERGED) & models.Q(merged_into=None)),
                name="ticket_merged_into_one",
            ),
            models.CheckConstraint(condition=~models.Q(merged_into=models.F("id")), name="ticket_not_into_itself"),
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "next_due_at"], name="ticket_queue"),
            models.Index(fields=["person", "-last_activity_at"], name="ticket_person"),
            models.Index(fields=["contact", "-last_activity_at"], name="ticket_contact"),
            models.Index(fields=["created_at"], name="ticket_received"),
            models.Index(fields=["phone"], condition=~models.Q(phone=""), name="ticket_phone"),
            # For the tick that reminds and closes: the few that wait for a person, or were solved.
            models.Index(
                fields=["state_since"], condition=models.Q(state__in=["waiting", "solved"]), name="ticket_resting"
            ),
            # The desk's views in their order: of many bodies, of one, and of one agent (or of nobody yet). The body
            # stands at the end of those that are not in its order, so that others' requests are passed by unread.
            models.Index(*_ORDER, "organisation", condition=IN_WORK, name="ticket_urgent"),
            models.Index("organisation", *_ORDER, condition=IN_WORK, name="ticket_urgent_body"),
            models.Index("assignee", *_ORDER, "organisation", condition=IN_WORK, name="ticket_urgent_own"),
            models.Index(
                fields=["state_since", "id", "organisation"],
                condition=models.Q(state=TicketState.WAITING),
                name="ticket_waiting",
            ),
            models.Index(fields=["next_due_at", "id", "organisation"], condition=IN_WORK, name="ticket_due"),
            models.Index(fields=["-last_activity_at", "-id"], condition=OVER, name="ticket_ended"),
            models.Index(fields=["organisation", "-last_activity_at", "-id"], condition=OVER, name="ticket_ended_body"),
            models.Index(fields=["claimed_until"], condition=~models.Q(claimed_until=None), name="ticket_claimed"),
            models.Index(fields=["told_at"], condition=IN_WORK, name="ticket_untold"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def recipient(self) -> Person | Contact | None:
        """Whom the portal writes to; None for a caller who left no address."""
        return self.person or self.contact

    @property
    def is_open(self) -> bool:
        """True until it ends, by whatever way."""
        return self.state in OPEN_STATES

    @property
    def promise(self) -> Deadline:
        """The promise that is shown: the earliest that runs, else the last one."""
        if self.solution is not None and (self.first_reply.is_met or self.solution.due_at < self.first_reply.due_at):
            return self.solution
        return self.first_reply


class Entry(models.Model):
    """One contribution: what the person wrote, what the body replied, or a note among staff."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="entries", verbose_name=_("request"))
    kind = models.CharField(_("kind"), max_length=10, choices=EntryKind.choices)
    channel = models.CharField(_("came by"), max_length=10, choices=Channel.choices, default=Channel.WEB)
    # None for guests; for a reply and a note the member of staff.
    author = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="ticket_entries")
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    text = models.TextField(_("text"))
    # What one person sends twice (double click, back button, the same e-mail again) is stored once.
    once = models.CharField(max_length=80, null=True, editable=False)
    files = models.ManyToManyField(StoredFile, related_name="+", verbose_name=_("files"))
    created_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")
        constraints = [models.UniqueConstraint(fields=["ticket", "once"], name="entry_once")]
        indexes = [models.Index(fields=["ticket", "created_at"], name="entry_order")]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.kind}"


class Move(Ledger):
    """A request went from one state to another: who did it, when, and why."""

    ticket_id = models.BigIntegerField()
    number = models.PositiveIntegerField()
    source = models.CharField(max_length=10, choices=TicketState.choices, blank=True)
    target = models.CharField(max_length=10, choices=TicketState.choices)
    mover = models.CharField(max_length=10, choices=Mover.choices)
    by_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("change of state")
        verbose_name_plural = _("changes of state")
        ordering = ["ticket_id", "number"]
        constraints = [models.UniqueConstraint(fields=["ticket_id", "number"], name="move_number_once")]
        indexes = [models.Index(fields=["target", "at"], name="move_target")]

    def __str__(self) -> str:
        return f"{self.ticket_id}/{self.number}: {self.target}"


class Rating(models.Model):
    """How well a request went, said by its sender: once for each time it ended, and changeable until it is reopened."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="ratings", verbose_name=_("request"))
    ended_at = models.DateTimeField(editable=False)
    score = models.PositiveSmallIntegerField(_("satisfaction, 1 to 5"))
    text = models.TextField(_("in words"), blank=True)
    created_at = models.DateTimeField(_("said"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("satisfaction")
        verbose_name_plural = _("satisfaction")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "ended_at"], name="rating_once"),
            models.CheckConstraint(condition=models.Q(score__gte=1, score__lte=5), name="rating_score"),
        ]
        indexes = [models.Index(fields=["created_at"], name="rating_said")]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.score}"


class Alarm(models.Model):
    """A moment at which staff are told of a promise, reckoned once for each due moment; told once.

    ``due_at`` is the promise it was reckoned for: when the promise moves, it is void, and others are reckoned.
    """

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    stage = models.CharField(max_length=10, choices=Stage.choices)
    at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints = [models.UniqueConstraint(fields=["deadline", "due_at", "stage"], name="alarm_once")]
        indexes = [models.Index(fields=["at"], condition=models.Q(told_at=None), name="alarm_untold")]

    def __str__(self) -> str:
        return f"{self.deadline_id}: {self.stage}"
