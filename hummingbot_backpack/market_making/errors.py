"""The only exceptions that decisions raise."""

from hummingbot_backpack.errors import UserError


class DecisionError(ValueError):
    """A decision was asked for with values it cannot be made from (not finite, not positive, out of order)."""


class SettingError(UserError):
    """A setting is not acceptable; the text is one sentence `<field> (<value>) must <...>`.

    Not a `ValueError`: pydantic would wrap that in five lines of its own, and the sentence is all a user needs.
    """
