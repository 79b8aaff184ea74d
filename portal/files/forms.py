"""The field by which files are sent."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from portal.files.choices import TYPES, FileKind
from portal.files.services import MAX_SIZE, Accepted, FileRefused, accept


class CheckedFileField(forms.FileField):
    """A file of one of these kinds. Its cleaned value is ``Accepted``, which ``portal.files.services.keep`` stores."""

    def __init__(self, *, kinds: list[FileKind], max_size: int = MAX_SIZE, **kwargs: Any) -> None:
        self.kinds, self.max_size = kinds, max_size
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Let the browser offer files of these kinds; what it sends is checked all the same."""
        endings = [ending for kind in self.kinds for of_type in TYPES[kind].values() for ending in of_type]
        return {**super().widget_attrs(widget), "accept": ",".join(f".{ending}" for ending in endings)}

    def clean(self, data: Any, initial: Any = None) -> Accepted | None:
        """Check the content; what is refused is told in words."""
        upload = super().clean(data, initial)
        if upload is None:
            return None
        try:
            return accept(upload, upload.name, kinds=self.kinds, max_size=self.max_size)
        except FileRefused as refused:
            raise forms.ValidationError(self._words(refused), code=refused.code) from None

    def _words(self, refused: FileRefused) -> str:
        if refused.code != "type":
            return refused.message
        kinds = " · ".join(str(kind.label) for kind in self.kinds)
        return _("Files of this type are not taken. Choose one of these: %(kinds)s.") % {"kinds": kinds}
