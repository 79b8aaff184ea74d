"""Sentences of Django that its own Arabic or Chinese catalogue lacks, or words in a way that is not ours.

They are named here so that they stand in our catalogues, which are asked first.
"""

from django.utils.translation import gettext_noop, ngettext_lazy

ngettext_lazy(
    "This password is too short. It must contain at least %d character.",
    "This password is too short. It must contain at least %d characters.",
    "count",
)
gettext_noop("This password is too common.")
gettext_noop("This password is entirely numeric.")
gettext_noop("The password is too similar to the %(verbose_name)s.")
gettext_noop("Enter a valid email address.")
gettext_noop("This field is required.")
gettext_noop("Select a valid choice. %(value)s is not one of the available choices.")
