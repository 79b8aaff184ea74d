"""Pages of consultations, of which readers are asked whether they were useful."""

from django.utils.translation import gettext_lazy as _

from engagement.consultations.models import Consultation
from engagement.consultations.selectors import url_of
from portal.pages.selectors.judged import judged_rows

JUDGED = judged_rows(
    _("Consultation"),
    lambda: Consultation.objects.public(),
    by="code",
    titled="title",
    owner="organisation_id",
    path=url_of,
)
