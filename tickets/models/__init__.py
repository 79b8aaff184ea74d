"""Help articles and what readers make of them; requests and what is said in them."""

from tickets.models.articles import Article, ArticleCategory, ArticleVersion
from tickets.models.desk import ReplyDraft, TicketLink
from tickets.models.drafts import Draft
from tickets.models.figures import ArticleAnswer, ArticleReads, HelpOutcome, SearchCount, SearchMiss
from tickets.models.incoming import Incoming
from tickets.models.prepared import PreparedReply, PreparedUse
from tickets.models.search import ArticleText, SearchWord
from tickets.models.sources import ArticleSource
from tickets.models.tickets import SUBJECT_LENGTH, Alarm, Entry, Move, Rating, Ticket

__all__ = [
    "SUBJECT_LENGTH",
    "Alarm",
    "Article",
    "ArticleAnswer",
    "ArticleCategory",
    "ArticleReads",
    "ArticleSource",
    "ArticleText",
    "ArticleVersion",
    "Draft",
    "Entry",
    "HelpOutcome",
    "Incoming",
    "Move",
    "PreparedReply",
    "PreparedUse",
    "Rating",
    "ReplyDraft",
    "SearchCount",
    "SearchMiss",
    "SearchWord",
    "Ticket",
    "TicketLink",
]
