"""What staff write when they invite people."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.mailings.selectors.tables import LANGUAGES, LARGEST, WHY, TableRefused, is_address, lines_of
from portal.registry.audiences import Audience
from surveys.choices import Every
from surveys.services.inviting import MOST_LISTED


class AudienceForm(forms.Form):
    """What an audience lets somebody choose; nothing where it asks for nothing."""

    def __init__(self, *args: Any, audience: Audience, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(audience.fields(user) or {})

    @property
    def parameters(self) -> dict[str, Any]:
        """What was chosen, as the registry's entry takes it."""
        return dict(self.cleaned_data)


class ListForm(forms.Form):
    """Addresses, pasted or in a file, and the consent that somebody states for them."""

    addresses = forms.CharField(
        label=_("Addresses"),
        required=False,
        max_length=2_000_000,
        widget=forms.Textarea({"rows": 6, "dir": "ltr", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("One on each line. At most 20,000."),
    )
    file = forms.FileField(
        label=_("Or a file"),
        required=False,
        help_text=_("CSV or XLSX, at most 10 MB, with a column “email” and, if you like, “language”."),
        error_messages={"empty": _("The file is empty.")},
    )
    language = forms.ChoiceField(
        label=_("Language"), choices=settings.LANGUAGES, help_text=_("For rows that name none.")
    )
    stated_by = forms.CharField(
        label=_("Who states the consent"),
        max_length=150,
        help_text=_("Name and office of the person who answers for it."),
        error_messages={"required": _("Say who states the consent.")},
    )
    stated_from = forms.CharField(
        label=_("Where it was given"),
        max_length=300,
        help_text=_("The form, event or service at which people agreed."),
        error_messages={"required": _("Say where people agreed.")},
    )
    stated_on = forms.DateField(
        label=_("When it was given"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("Say when people agreed.")},
    )

    def clean_stated_on(self) -> Any:
        """Nobody consented tomorrow."""
        day = self.cleaned_data["stated_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Choose today or a day before."))
        return day

    def clean(self) -> dict[str, Any]:
        """Read the addresses; what is none is counted and left out."""
        cleaned = super().clean()
        upload, pasted = cleaned.get("file"), cleaned.get("addresses") or ""
        if upload is not None and upload.size > LARGEST:
            self.add_error("file", WHY["large"])
            return cleaned
        source = "file" if upload is not None else "addresses"
        content = upload.read() if upload is not None else _one_each_line(pasted)
        try:
            lines = lines_of(content) if content.strip() else []
        except TableRefused as refused:
            self.add_error(source, WHY[refused.code])
            return cleaned
        self._keep(lines, source)
        return cleaned

    def _keep(self, lines: Any, source: str) -> None:
        usual = self.cleaned_data.get("language") or settings.LANGUAGE_CODE
        self.lines = [
            (line.email, LANGUAGES.get(line.language.lower(), usual)) for line in lines if is_address(line.email)
        ]
        self.refused = len(lines) - len(self.lines)
        if not self.lines:
            self.add_error(source, _("There is no e-mail address in it."))
        elif len(self.lines) > MOST_LISTED:
            self.add_error(source, _("These are more than 20,000 addresses. Please cut the list into several."))

    @property
    def stated(self) -> dict[str, Any]:
        """The consent as it was stated."""
        return {name: self.cleaned_data[name] for name in ("stated_by", "stated_from", "stated_on")}


def _one_each_line(text: str) -> bytes:
    """Return pasted addresses as a table of one column: commas and semicolons end a line as well."""
    cells = text.replace(",", "\n").replace(";", "\n").split()
    return "\n".join(["email", *(cell.strip("<>\"'") for cell in cells)]).encode(errors="replace") if cells else b""


class SeriesForm(forms.Form):
    """When rounds come, and for how long each is open."""

    every = forms.ChoiceField(label=_("How often"), choices=Every.choices)
    day = forms.IntegerField(
        label=_("Day of the month"),
        min_value=1,
        max_value=28,
        initial=1,
        help_text=_("From 1 to 28; of a quarter, in its first month."),
    )
    begins_on = forms.DateField(
        label=_("Not before"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("A round whose day has passed in this period comes at once."),
    )
    open_days = forms.IntegerField(label=_("Days for which a round is open"), min_value=1, max_value=90, initial=14)
