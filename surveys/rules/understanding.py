"""Who works on what people wrote."""

from typing import Any

from surveys.models import Survey
from surveys.rules.access import may_see_in_admin


def may_read_texts(user: Any, survey: Survey) -> bool:
    """Editors and managers of the body read, tag and look for themes, also once the results are published."""
    return not survey.is_template and may_see_in_admin(user, survey)
