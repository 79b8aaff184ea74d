"""Fields that staff write in three languages."""

from modeltranslation.translator import TranslationOptions, register

from surveys.models import Option, Page, Question, Row, Survey


@register(Survey)
class SurveyTranslation(TranslationOptions):
    """All that is read."""

    fields = ("title", "summary", "intro", "consent", "thanks")


@register(Page)
class PageTranslation(TranslationOptions):
    """Title and text."""

    fields = ("title", "text")


@register(Question)
class QuestionTranslation(TranslationOptions):
    """The question and its help."""

    fields = ("title", "help")


@register(Option)
class OptionTranslation(TranslationOptions):
    """The words of a choice."""

    fields = ("label",)


@register(Row)
class RowTranslation(TranslationOptions):
    """The words of a line."""

    fields = ("label",)
