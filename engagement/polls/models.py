"""Polls, their options, who took part, and what was cast."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from engagement.polls.choices import Results
from portal.accounts.models import Organisation, Person
from portal.ledgers import Ledger
from portal.text import new_code


class Poll(models.Model):
    """One question put to a vote: one person, one vote."""

    code = models.CharField(max_length=16, unique=True, default=new_code, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="polls", verbose_name=_("body")
    )
    question = models.CharField(_("question"), max_length=250)
    results = models.CharField(_("results are shown"), max_length=12, choices=Results.choices, default=Results.ALWAYS)
    is_public = models.BooleanField(_("public"), default=False)
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    turnout_count = models.PositiveIntegerField(_("took part"), default=0)
    verified_count = models.PositiveIntegerField(_("verified, of those"), default=0)

    class Meta:
        verbose_name = _("poll")
        verbose_name_plural = _("polls")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verified_count__lte=models.F("turnout_count")), name="poll_verified_within_turnout"
            )
        ]

    def __str__(self) -> str:
        return self.question or self.code

    @property
    def is_open(self) -> bool:
        """True while votes are taken, by the server's clock."""
        now = timezone.now()
        began = self.opens_at is not None and self.opens_at <= now
        return self.is_public and began and (self.closes_at is None or now < self.closes_at)

    @property
    def has_begun(self) -> bool:
        """True from the opening on, after the close too."""
        return self.is_public and self.opens_at is not None and self.opens_at <= timezone.now()

    @property
    def shows_results(self) -> bool:
        """True when everybody may see the numbers now."""
        return self.has_begun and (self.results == Results.ALWAYS or not self.is_open)


class Option(models.Model):
    """One of the answers. ``votes`` counts the ballots in force."""

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="options")
    code = models.SlugField(_("code"), max_length=20)
    label = models.CharField(_("label"), max_length=100)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    votes = models.PositiveIntegerField(_("votes"), default=0)

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["poll", "code"], name="option_code_once")]

    def __str__(self) -> str:
        return self.label or self.code


class Ballot(Ledger):
    """One vote as cast, of nobody that this row names. A changed vote is a further ballot."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="ballots")
    option = models.ForeignKey(Option, on_delete=models.PROTECT, related_name="ballots")

    class Meta:
        verbose_name = _("ballot")
        verbose_name_plural = _("ballots")

    def __str__(self) -> str:
        return str(self.id)


class Turnout(models.Model):
    """That a person took part in a poll: once, by the database's word.

    ``ballot`` is the one in force, which lets the vote be changed until the close. It makes the vote confidential
    and not yet secret: no page and no admin shows the tie, and the participation policy admits it.
    """

    poll = models.ForeignKey(Poll, on_delete=models.PROTECT, related_name="turnout")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="turnout")
    ballot = models.OneToOneField(Ballot, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    is_verified = models.BooleanField(_("verified"), default=False)
    voted_at = models.DateTimeField(_("took part"), default=timezone.now)

    class Meta:
        verbose_name = _("participation in a poll")
        verbose_name_plural = _("participations in polls")
        constraints = [models.UniqueConstraint(fields=["poll", "person"], name="turnout_once")]
        indexes = [models.Index(fields=["voted_at"], name="turnout_time")]

    def __str__(self) -> str:
        return str(self.pk)
