"""How results are worked out, in words; which questions give their headlines; names of what they are narrowed to."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language_info, gettext, ngettext

from portal.accounts.choices import OrganisationKind
from surveys.choices import Channel, QuestionKind, Scale
from surveys.rules.shapes import Question, Questionnaire
from surveys.rules.significance import LEAST
from surveys.rules.withholding import SMALLEST


def headlines(asked: Questionnaire) -> dict[str, Question]:
    """Return the questions whose figures stand above all others, by the figure's code: the first of each sort.

    Of those that ask for satisfaction the last, since questionnaires go from parts to the whole; stars where none does.
    """
    found: dict[str, Question] = {}
    for question in asked.questions.values():
        is_satisfaction = question.kind == QuestionKind.SCALE and question.scale == Scale.SATISFACTION
        if is_satisfaction or (question.kind == QuestionKind.RATING and _is_stars(found.get("csat"))):
            found["csat"] = question
        elif question.kind == QuestionKind.NPS:
            found.setdefault("nps", question)
        elif question.kind == QuestionKind.CES:
            found.setdefault("ces", question)
    return {code: found[code] for code in ("csat", "nps", "ces") if code in found}


def _is_stars(question: Question | None) -> bool:
    return question is None or question.kind == QuestionKind.RATING


def label_of(dimension: str, value: str) -> str:
    """Return the name of a language, a channel, a kind of organisation or a week."""
    if dimension == "language":
        return get_language_info(value)["name_translated"]
    if dimension == "channel":
        return str(dict(Channel.choices).get(value, value))
    if dimension == "kind":
        return str(dict(OrganisationKind.choices).get(value, value))
    return gettext("Week of %(day)s") % {"day": date_format(date.fromisoformat(value), "DATE_FORMAT")}


def method(is_guarded: bool) -> tuple[str, ...]:
    """Return how figures, intervals and comparisons are made, sentence by sentence."""
    told = [
        gettext("Shares are of those who answered the question. Their intervals are Wilson's, at 95 per cent."),
        gettext(
            "Satisfied are those who gave 4 or 5 of 5 points. The net promoter score is the share of 9 and 10 less that"
            " of 0 to 6; its interval rests on the variance of the answers, adjusted after Bonett and Price."
        ),
        ngettext(
            "Two rounds are compared where each has at least %(count)s answer to the question, at 5 per cent:"
            " points by the test of Mann and Whitney, net promoter scores and numbers by Welch's t test, choices by"
            " chi-square, the rarest put together, each of several choices by the z test of two shares.",
            "Two rounds are compared where each has at least %(count)s answers to the question, at 5 per cent:"
            " points by the test of Mann and Whitney, net promoter scores and numbers by Welch's t test, choices by"
            " chi-square, the rarest put together, each of several choices by the z test of two shares.",
            LEAST,
        )
        % {"count": LEAST},
        gettext(
            "All comparisons of a page are corrected together by Holm's rule, so that the chance of even one wrong"
            " “changed” stays below 5 per cent."
        ),
    ]
    if is_guarded:
        told.append(
            ngettext(
                "Counts below %(count)s are withheld, and beside them as many others as it takes for none to be worked"
                " out. Results are narrowed by one thing at a time, in whole weeks.",
                "Counts below %(count)s are withheld, and beside them as many others as it takes for none to be worked"
                " out. Results are narrowed by one thing at a time, in whole weeks.",
                SMALLEST,
            )
            % {"count": SMALLEST}
        )
    return tuple(told)
