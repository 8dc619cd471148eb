"""Proving pairs with signed reads. The workspace must have been entered."""

import time
from typing import Any
from urllib.parse import urlencode

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.keys.pair import KeyPair
from hummingbot_backpack.workspace.exchange import Refused, Unreachable, get
from hummingbot_backpack.workspace.layout import Workspace

WINDOW_MS = 5000
BALANCES = ("balanceQuery", "/api/v1/capital")
OPEN_ORDERS = ("orderQueryAll", "/api/v1/orders")
ORDER_HISTORY = ("orderHistoryQueryAll", "/wapi/v1/history/orders")
"""Signed reads: instruction and path."""


def prove(workspace: Workspace, pair: KeyPair) -> None:
    """Read the account's balances with `pair` at the exchange that the workspace points to.

    :raises UserError: the exchange refuses the pair, or does not answer.
    """
    url = workspace.settings.exchange_url
    try:
        signed_get(workspace, pair, *BALANCES)
    except Unreachable as error:
        start = "start it with `hummingbot-backpack simulator`, or" if workspace.rehearsal else "try again later, or"
        raise UserError(f"{url} does not answer ({error}): {start} store the pair unproven with --offline.") from None
    except (Refused, ValueError) as error:
        raise UserError(f"{url} refuses the pair with key {pair.public}: {error}.") from None


def signed_get(workspace: Workspace, pair: KeyPair, instruction: str, path: str, **parameters: Any) -> Any:
    """:return: the answer to one signed read

    :raises Unreachable, Refused: see `get`; ValueError: the exchange does not tell its time
    """
    url = workspace.settings.exchange_url
    # Signed with the exchange's clock: whether this machine's is right is not the question here.
    now_ms = int(get(url, "/api/v1/time"))
    headers = _headers(pair, now_ms if now_ms > 0 else int(time.time() * 1000), instruction, parameters)
    return get(url, f"{path}?{urlencode(parameters)}" if parameters else path, headers)


def same_account(workspace: Workspace, old: KeyPair, new: KeyPair) -> bool | None:
    """Whether two pairs sign for one account: the exchange gives no account a name, so what it holds is compared.

    Orders, open and past, have ids of their own. Where neither pair shows one, the balances decide.

    :return: None if the old pair is refused already, so that nothing can be compared
    :raises Unreachable, Refused: see `get`
    """
    try:
        before, held = _order_ids(workspace, old), signed_get(workspace, old, *BALANCES)
    except Refused:
        return None
    after = _order_ids(workspace, new)
    if before or after:
        return bool(before & after)
    return bool(held == signed_get(workspace, new, *BALANCES))


def _order_ids(workspace: Workspace, pair: KeyPair) -> set[str]:
    rows = signed_get(workspace, pair, *ORDER_HISTORY, limit=1000) + signed_get(workspace, pair, *OPEN_ORDERS)
    return {str(row["id"]) for row in rows}


def _headers(pair: KeyPair, timestamp_ms: int, instruction: str, parameters: dict[str, Any]) -> dict[str, str]:
    # The connector's own signature: what is proven is what the bot will send.
    from hummingbot.connector.exchange.backpack.backpack_auth import BackpackAuth
    from hummingbot.connector.time_synchronizer import TimeSynchronizer

    auth = BackpackAuth(api_key=pair.public, secret_key=pair.secret, time_provider=TimeSynchronizer())
    signature = auth.generate_signature(
        params=parameters, timestamp_ms=timestamp_ms, window_ms=WINDOW_MS, instruction=instruction
    )
    return {
        "X-API-Key": pair.public,
        "X-Signature": signature,
        "X-Timestamp": str(timestamp_ms),
        "X-Window": str(WINDOW_MS),
    }
