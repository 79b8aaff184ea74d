"""Short surveys that follow something somebody did: which survey follows what, and who was asked about it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.messaging.models import Message
from surveys.models.inviting import Invitee
from surveys.models.surveys import Survey


class Following(models.Model):
    """That a survey follows a trigger: an entry of the registry ``triggers``, empty for none."""

    survey = models.OneToOneField(Survey, on_delete=models.PROTECT, related_name="following", verbose_name=_("survey"))
    trigger = models.CharField(_("follows"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("trigger of a survey")
        verbose_name_plural = _("triggers of surveys")
        indexes = [models.Index(fields=["trigger"], condition=~Q(trigger=""), name="survey_following_trigger")]

    def __str__(self) -> str:
        return f"{self.survey_id}: {self.trigger or '–'}"


class Asked(models.Model):
    """That somebody was asked about one thing of theirs, once for good. ``subject`` is its public code."""

    trigger = models.CharField(max_length=40)
    subject = models.CharField(max_length=40)
    address_hash = models.CharField(max_length=64)
    invitee = models.OneToOneField(Invitee, on_delete=models.PROTECT, related_name="asked")
    # None once messages of that time are deleted.
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("question after an act")
        verbose_name_plural = _("questions after acts")
        constraints = [models.UniqueConstraint(fields=["trigger", "subject", "address_hash"], name="survey_asked_once")]

    def __str__(self) -> str:
        return f"{self.trigger}: {self.subject}"
