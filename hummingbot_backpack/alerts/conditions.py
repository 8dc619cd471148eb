"""What is worth an alert, from what a bot publishes. Pure: state in, conditions out."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

ERROR_SHARE = 0.05
"""Of the last hundred requests."""
REJECT_SHARE = 0.5
"""Of the last twenty orders within a minute."""
MARGIN_FACTOR = 2
"""The margin fraction is low under so many times the maintenance fraction."""
OLD_AFTER_DAYS = 90
NAKED = ("overdue", "unexplained")
UNKNOWN = "unknown size"


def standing(state: Mapping[str, Any], key_ages: Mapping[str, int] | None = None) -> dict[str, str]:
    """
    :param state: as in `data/backpack_state.json`
    :param key_ages: by connector, in days
    :returns: what is wrong now: a name that stays the same while it lasts, to a sentence
    """
    found: dict[str, str] = {}
    for breaker in state.get("breakers") or ():
        found[f"breaker/{breaker['name']}/{breaker['scope']}"] = (
            f"Breaker {breaker['name']} stops {breaker['scope']}: {breaker['reason']}, until {breaker['until']}."
        )
    for controller in state.get("controllers") or ():
        hedge = controller.get("hedge") or {}
        if hedge.get("phase") in NAKED or hedge.get("alert"):
            why = hedge.get("alert") or f"the hedge is {hedge['phase']}"
            residual = controller.get("residual") or UNKNOWN
            found[f"residual/{controller['id']}"] = (
                f"Controller {controller['id']} holds an unhedged residual of {residual}: {why}."
            )
    measures = state.get("measures") or {}
    if state.get("running"):
        for connection in measures.get("connections") or ():
            if not connection["private_stream"] or not connection["ready"]:
                lost = "its private stream" if not connection["private_stream"] else "the market"
                found[f"disconnect/{connection['connector']}"] = f"{connection['connector']} has lost {lost}."
    rejected, failed = measures.get("reject_share"), measures.get("error_share")
    if rejected is not None and rejected >= REJECT_SHARE:
        found["rejects"] = f"The exchange refused {rejected:.0%} of the last 20 orders within a minute."
    if failed is not None and failed > ERROR_SHARE:
        found["errors"] = f"{failed:.0%} of the last 100 requests failed."
    for account in state.get("accounts") or ():
        fraction, maintenance = account.get("margin_fraction"), account.get("maintenance")
        if fraction is not None and maintenance is not None and _low(Decimal(fraction), Decimal(maintenance)):
            found[f"margin/{account['account']}"] = (
                f"The margin fraction of {account['account']} is {Decimal(fraction):.4f}, "
                f"less than twice the maintenance of {Decimal(maintenance):.4f}."
            )
    for connector, days in (key_ages or {}).items():
        if days > OLD_AFTER_DAYS:
            found[f"key/{connector}"] = (
                f"The key of {connector} is {days} days old; replace it (hummingbot-backpack keys rotate)."
            )
    return found


def _low(fraction: Decimal, maintenance: Decimal) -> bool:
    return fraction < MARGIN_FACTOR * maintenance
