"""Proving a pair with one signed read. The workspace must have been entered."""

import time

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.keys.pair import KeyPair
from hummingbot_backpack.workspace.exchange import Refused, Unreachable, get
from hummingbot_backpack.workspace.layout import Workspace

INSTRUCTION = "balanceQuery"
PATH = "/api/v1/capital"
WINDOW_MS = 5000


def prove(workspace: Workspace, pair: KeyPair) -> None:
    """Read the account's balances with `pair` at the exchange that the workspace points to.

    :raises UserError: the exchange refuses the pair, or does not answer.
    """
    url = workspace.settings.exchange_url
    try:
        # Signed with the exchange's clock: whether this machine's is right is not the question here.
        now_ms = int(get(url, "/api/v1/time"))
        get(url, PATH, _headers(pair, now_ms if now_ms > 0 else int(time.time() * 1000)))
    except Unreachable as error:
        start = "start it with `hummingbot-backpack simulator`, or" if workspace.rehearsal else "try again later, or"
        raise UserError(f"{url} does not answer ({error}): {start} store the pair unproven with --offline.") from None
    except (Refused, ValueError) as error:
        raise UserError(f"{url} refuses the pair with key {pair.public}: {error}.") from None


def _headers(pair: KeyPair, timestamp_ms: int) -> dict[str, str]:
    # The connector's own signature: what is proven is what the bot will send.
    from hummingbot.connector.exchange.backpack.backpack_auth import BackpackAuth
    from hummingbot.connector.time_synchronizer import TimeSynchronizer

    auth = BackpackAuth(api_key=pair.public, secret_key=pair.secret, time_provider=TimeSynchronizer())
    signature = auth.generate_signature(
        params={}, timestamp_ms=timestamp_ms, window_ms=WINDOW_MS, instruction=INSTRUCTION
    )
    return {
        "X-API-Key": pair.public,
        "X-Signature": signature,
        "X-Timestamp": str(timestamp_ms),
        "X-Window": str(WINDOW_MS),
    }
