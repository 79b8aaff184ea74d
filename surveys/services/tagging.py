"""Tags that staff put on texts by hand."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from portal.accounts.models import Person
from portal.audit.services import record
from portal.text import clean_line, fold, is_blank
from surveys.models import Survey, Tag, TaggedText
from surveys.rules.understanding import may_read_texts
from surveys.selectors.texts import texts_of
from surveys.services.refusals import SurveyRefused

LONGEST, MOST = 40, 100


@transaction.atomic
def tag_texts(survey: Survey, keys: Iterable[UUID], *, name: str, by: Person) -> int:
    """Put a tag on texts; return how many did not have it. A tag of the same letters is the same.

    Raises ``SurveyRefused``. Keys of texts that this survey does not show are passed over.
    """
    if not may_read_texts(by, survey):
        raise SurveyRefused([])
    tag = _tag(survey, clean_line(name))
    found = texts_of(survey).filter(pk__in=list(keys)).exclude(tagged__tag=tag).values_list("pk", flat=True)
    rows = [TaggedText(tag=tag, answer_id=key) for key in found]
    if not rows:
        return 0
    TaggedText.objects.bulk_create(rows, ignore_conflicts=True)
    record("survey.texts_tagged", survey, by=by, data={"tag": tag.pk, "texts": len(rows)})
    return len(rows)


def _tag(survey: Survey, name: str) -> Tag:
    if is_blank(name):
        raise SurveyRefused([_("Please write a tag.")])
    if len(name) > LONGEST:
        raise SurveyRefused([_("A tag has at most %(most)s characters.") % {"most": LONGEST}])
    key = fold(name)[:80]
    # Locked, so that two at once make one tag and not more than there may be.
    Survey.objects.select_for_update(no_key=True).get(pk=survey.pk)
    found = survey.tags.filter(key=key).first()
    if found is None and survey.tags.count() >= MOST:
        raise SurveyRefused([_("There are %(most)s tags already. Use one of them.") % {"most": MOST}])
    return found or Tag.objects.create(survey=survey, name=name, key=key)


@transaction.atomic
def untag_text(survey: Survey, key: UUID, tag: Tag, *, by: Person) -> None:
    """Take a tag off a text; a tag that no text has is gone. Raises ``SurveyRefused``."""
    if not may_read_texts(by, survey):
        raise SurveyRefused([])
    taken, _kinds = TaggedText.objects.filter(tag=tag, tag__survey=survey, answer=key).delete()
    if not taken:
        return
    record("survey.text_untagged", survey, by=by, data={"tag": tag.pk})
    if not tag.texts.exists():
        tag.delete()
