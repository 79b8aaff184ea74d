"""Addresses of support: each area under a name of its own."""

from django.urls import include, path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.web.middleware import takes_up_to
from tickets.views import articles, asking, erasing, files, tracking
from tickets.views.access import by_link, in_account

ARTICLES = [
    path("", articles.home, name="home"),
    path("search/", articles.search, name="search"),
    path("categories/<slug:code>/", articles.category, name="category"),
    path("articles/<slug:code>/", articles.article, name="article"),
    path("articles/<slug:code>/useful/", articles.useful, name="useful"),
]

_writes = require_http_methods(["GET", "HEAD", "POST"])
_takes_files = takes_up_to(asking.LARGEST_FORM)

ASKING = [
    path("", asking.start, name="start"),
    path("new/", asking.ask, name="ask"),
    path("new/<slug:code>/", asking.check, name="check"),
    path("new/<slug:code>/mail/", asking.mailed, name="mailed"),
    path("confirm/<str:signed>/", asking.confirm, name="confirm"),
    path("erase/<str:signed>/", erasing.confirm, name="erase"),
]

TRACKING = [
    path("find/", tracking.find, name="find"),
    path("mine/", tracking.mine, name="mine"),
    path("mine/<slug:code>/", _takes_files(in_account(_writes(tracking.page))), name="ticket"),
    path("mine/<slug:code>/close/", in_account(_writes(tracking.close)), name="ticket_close"),
    path("mine/<slug:code>/rate/", in_account(require_POST(tracking.rate)), name="ticket_rate"),
    path("mine/<slug:code>/link/", in_account(_writes(tracking.new_link)), name="ticket_new_link"),
    path("mine/<slug:code>/files/<slug:file_code>/", in_account(require_safe(files.download)), name="ticket_file"),
    # Whatever stands where the token is goes the same way, so that what is malformed looks like what is wrong.
    path("r/<str:token>/", _takes_files(by_link(_writes(tracking.page))), name="by_link"),
    path("r/<str:token>/close/", by_link(_writes(tracking.close)), name="by_link_close"),
    path("r/<str:token>/rate/", by_link(require_POST(tracking.rate)), name="by_link_rate"),
    path("r/<str:token>/link/", by_link(_writes(tracking.new_link)), name="by_link_new_link"),
    path("r/<str:token>/erase/", by_link(_writes(erasing.ask)), name="by_link_erase"),
    path("r/<str:token>/files/<slug:file_code>/", by_link(require_safe(files.download)), name="by_link_file"),
]

urlpatterns = [
    path("help/", include((ARTICLES, "articles"))),
    path("support/", include(([*ASKING, *TRACKING], "tickets"))),
]
