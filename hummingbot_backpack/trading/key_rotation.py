"""The running bot's side of `keys rotate`: take the stored pair, and say whether it works (card AU05)."""

import asyncio
from typing import TYPE_CHECKING, Any

from hummingbot.client.config.config_helpers import get_connector_config_yml_path
from hummingbot.client.config.security import Security

from hummingbot_backpack.errors import UserError

if TYPE_CHECKING:
    from hummingbot_backpack.trading.script import Controllers

BREAK_SECONDS = 5.0
"""Within this time the private stream of the old pair has ended."""
WORKS_SECONDS = 30.0


async def take_stored_keys(script: "Controllers", _arguments: dict[str, Any]) -> dict[str, Any]:
    """Have every connector of ours sign with the pair that the store holds now, its resting orders kept.

    :returns: `ok` once requests and private streams work with it
    """
    turned = {name: one for name, one in script.connectors.items() if hasattr(one, "replace_keys")}
    if not turned:
        raise UserError("this bot has no connector whose keys can be replaced while it runs")
    for name, connector in turned.items():
        await asyncio.to_thread(Security.decrypt_connector_config, get_connector_config_yml_path(name))
        keys = Security.api_keys(name)
        try:
            await connector.replace_keys(str(keys["backpack_api_key"]), str(keys["backpack_api_secret"]))
        except ValueError as error:
            raise UserError(f"{name}: {error}") from None
    refusals = await asyncio.gather(*(_refusal(connector) for connector in turned.values()))
    lines = [
        f"{name}: {'works with the new pair.' if refusal is None else refusal}"
        for name, refusal in zip(turned, refusals, strict=True)
    ]
    return {"ok": not any(refusals), "lines": lines}


async def _refusal(connector: Any) -> str | None:
    """Why the connector does not work with its pair, None once a signed request and the private stream have."""
    try:
        await connector.refresh_account()
    except Exception as error:
        return f"a signed request failed ({error})."
    await _until_stream(connector, False, BREAK_SECONDS)
    if not await _until_stream(connector, True, WORKS_SECONDS):
        return f"the private stream did not come back within {WORKS_SECONDS:.0f} s."
    return None


async def _until_stream(connector: Any, up: bool, seconds: float) -> bool:
    for _ in range(int(seconds / 0.05)):
        if bool(connector.is_user_stream_up) is up:
            return True
        await asyncio.sleep(0.05)
    return False
