"""Whether the exchange refuses the API key, judged by the outcomes of signed requests."""

from hummingbot.connector.exchange.backpack import backpack_constants as CONSTANTS
from hummingbot.connector.exchange.backpack.backpack_errors import BackpackError, ErrorKind
from hummingbot.core.web_assistant.connections.data_types import RESTMethod

# What the key was recognised for and may not do all the same: that other requests work says nothing about it.
_PERMISSION_CODES = ("FORBIDDEN", "ACCOUNT_DEACTIVATED")
_WHOLE_KEY = ""
# A key may trade or not: whoever may place an order may cancel one.
_TRADING = ("orderExecute", "orderCancel", "orderCancelAll")


class KeyHealth:
    """Refusals that stand. One of the key as a whole ends with the next signed request that works; one of a permission
    ends when a request that needs the same permission works, or else a key that only reads would look well at each
    poll."""

    def __init__(self) -> None:
        self._refusals: dict[str, str] = {}

    @property
    def refusal(self) -> str | None:
        """The newest refusal in one sentence; None: nothing is refused."""
        return next(reversed(self._refusals.values()), None)

    def forget(self) -> None:
        """Nothing is known of the key that is used from now on."""
        self._refusals.clear()

    def on_outcome(self, method: RESTMethod, path: str, error: BackpackError | None) -> None:
        """Takes the outcome of one signed request; any error but a refusal of the key says nothing about it."""
        instruction = CONSTANTS.INSTRUCTIONS.get((method.value, path), path)
        permission = "trade" if instruction in _TRADING else instruction
        if error is None:
            self._refusals.pop(_WHOLE_KEY, None)
            self._refusals.pop(permission, None)
        elif error.kind is ErrorKind.FATAL:
            is_permission = error.status == 403 or error.code in _PERMISSION_CODES
            self._refusals[permission if is_permission else _WHOLE_KEY] = (
                f"The exchange refuses this API key ({error.reason}): it must be the right one, and may trade."
            )
