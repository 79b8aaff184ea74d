"""An administrator removes the second factor of somebody who lost it: inside the admin, never for oneself."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from portal.accounts.forms.second_factor import LostFactorForm
from portal.accounts.models import Person
from portal.accounts.rules import administers_ministry
from portal.accounts.services import factors


def remove_lost(request: HttpRequest, pk: int, shared: dict[str, Any]) -> HttpResponse:
    """Ask for the reason and the check of identity, then remove; ``shared`` is the context of every admin page."""
    person = get_object_or_404(Person, pk=pk, erased_at=None)
    if person.pk == request.user.pk or not administers_ministry(request.user):
        raise PermissionDenied
    back = redirect("admin:accounts_person_change", person.pk)
    if not factors.has_factor(person):
        messages.info(request, _("This person has no second factor."))
        return back
    form = LostFactorForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        factors.remove_lost(person, **form.cleaned_data, by=request.user)
        messages.success(request, _("The second factor has been removed, and the person has been told by e-mail."))
        return back
    title = _("Remove a lost second factor")
    context = {**shared, "title": title, "form": form, "person": person, "factors": factors.of(person)}
    return render(request, "admin/accounts/person/lost_factor.html", context)
