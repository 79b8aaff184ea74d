"""Addresses of the newsletter."""

from django.urls import include, path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from newsletter.views import archive, mine, subscribing
from newsletter.views.access import by_link

_writes = require_http_methods(["GET", "HEAD", "POST"])

NEWSLETTER = [
    path("", archive.archive, name="archive"),
    path("feed/", archive.ArchiveFeed(), name="feed"),
    path("issues/<slug:code>/", archive.issue, name="issue"),
    path("issues/<slug:code>/go/<int:number>/", archive.go, name="go"),
    path("images/<slug:code>/", archive.image, name="image"),
    path("subscribe/", subscribing.subscribe, name="subscribe"),
    path("mine/", mine.mine, name="mine"),
    path("mine/leave/", mine.leave_mine, name="leave_mine"),
    path("organisations/<slug:code>/", mine.members, name="members"),
    path("organisations/<slug:code>/<slug:member>/remove/", mine.remove_member, name="remove_member"),
    path("organisations/<slug:code>/<slug:member>/language/", mine.change_member, name="change_member"),
    path("s/<str:token>/", by_link(_writes(subscribing.choices)), name="choices"),
    path("s/<str:token>/confirm/", by_link(_writes(subscribing.confirm)), name="confirm"),
    path("s/<str:token>/confirmed/", by_link(require_safe(subscribing.confirmed)), name="confirmed"),
    path("s/<str:token>/leave/", by_link(_writes(subscribing.leave)), name="leave"),
    path("s/<str:token>/back/", by_link(require_POST(subscribing.come_back)), name="come_back"),
    path("s/<str:token>/erase/", by_link(_writes(subscribing.erase)), name="erase"),
]

urlpatterns = [path("newsletter/", include((NEWSLETTER, "newsletter")))]
