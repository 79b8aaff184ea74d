"""Addresses: plural English words under the language."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("portal.web.urls_unlocalised")),
    path("hooks/mail/", include("portal.mailings.urls")),
    path("hooks/", include("tickets.urls_unlocalised")),
    *i18n_patterns(
        path("account/", include("portal.notifications.urls")),
        path("account/", include("portal.accounts.urls")),
        path("", include("portal.pages.urls")),
        path("hours/", include("portal.calendars.urls")),
        path("consultations/", include("engagement.consultations.urls")),
        path("comments/", include("engagement.comments.urls")),
        path("polls/", include("engagement.polls.urls")),
        path("surveys/", include("surveys.urls")),
        path("moderation/", include("moderation.urls")),
        path("", include("portal.insight.urls")),
        path("", include("tickets.urls")),
        path("", include("newsletter.urls")),
        path("mailbox/", include("portal.messaging.urls")),
        path("admin/", admin.site.urls),
        path("", include("portal.web.urls")),
    ),
]

handler400 = "portal.web.views.errors.bad_request"
handler403 = "portal.web.views.errors.forbidden"
handler404 = "portal.web.views.errors.not_found"
handler500 = "portal.web.views.errors.server_error"
# Asked by allauth for its own limits; Django itself knows no such handler.
handler429 = "portal.web.views.errors.too_many_requests"
