"""What other apps call: following, telling, choosing. See the modules for what each does."""

from portal.notifications.services.choosing import ChoiceRefused as ChoiceRefused
from portal.notifications.services.choosing import set_preference as set_preference
from portal.notifications.services.choosing import set_wishes as set_wishes
from portal.notifications.services.following import FollowRefused as FollowRefused
from portal.notifications.services.following import follow as follow
from portal.notifications.services.following import unfollow as unfollow
from portal.notifications.services.numbers import NumberRefused as NumberRefused
from portal.notifications.services.numbers import ask_number as ask_number
from portal.notifications.services.numbers import confirm_number as confirm_number
from portal.notifications.services.numbers import forget_number as forget_number
from portal.notifications.services.reading import mark_read as mark_read
from portal.notifications.services.telling import happened as happened
from portal.notifications.services.telling import tell as tell
