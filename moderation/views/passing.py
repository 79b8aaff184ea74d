"""Passing on to support what is a request."""

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from moderation import services
from moderation.views.queue import address_of, case_of, for_moderators, why
from portal.messaging.templatetags.mail import isolate


@for_moderators
@require_POST
def pass_on(request: HttpRequest, code: str, *, site: AdminSite) -> HttpResponse:
    """Open a request in the author's name; the case waits for its decision as before."""
    found = case_of(request, code)
    try:
        passed = services.pass_on(found, choice=request.POST.get("choice", ""), by=request.user)
    except services.ModerationRefused as refusal:
        messages.error(request, why(refusal))
    else:
        told = {"reference": isolate(passed.reference)}
        if passed.is_new:
            said = gettext("Passed to support as request %(reference)s. The author is told. Now decide the case.")
        else:
            said = gettext("This was passed to support before, as request %(reference)s.")
        messages.success(request, said % told)
    return redirect(address_of(request, "admin:moderation_case_waiting", code))
