"""What Hummingbot reads about the spot connector at start: nothing heavy is imported here, and nothing may raise."""

from decimal import Decimal
from typing import Any

from hummingbot.client.config.config_data_types import BaseConnectorConfigMap
from hummingbot.core.data_type.trade_fee import TradeFeeSchema
from pydantic import ConfigDict, Field, SecretStr

CENTRALIZED = True
EXAMPLE_PAIR = "SOL-USDC"

# The published first tier; the account's own rates replace it as soon as they are known. A spot buy's fee is taken from
# the base that was bought.
DEFAULT_FEES = TradeFeeSchema(
    maker_percent_fee_decimal=Decimal("0.0008"),
    taker_percent_fee_decimal=Decimal("0.001"),
    buy_percent_fee_deducted_from_returns=True,
)


def is_exchange_information_valid(exchange_info: dict[str, Any]) -> bool:
    """Whether a row of ``/markets`` is a spot market that is not closed."""
    return exchange_info.get("marketType") == "SPOT" and exchange_info.get("orderBookState") != "Closed"


def _key_field(what: str) -> Any:
    return Field(
        default=...,
        json_schema_extra={
            "prompt": f"Enter your {what}",
            "is_secure": True,
            "is_connect_key": True,
            "prompt_on_new": True,
        },
    )


class BackpackConfigMap(BaseConnectorConfigMap):
    connector: str = "backpack"
    backpack_api_key: SecretStr = _key_field("Backpack API key")
    backpack_api_secret: SecretStr = _key_field("Backpack API secret")
    model_config = ConfigDict(title="backpack")


KEYS = BackpackConfigMap.model_construct()


class BackpackSimulatorConfigMap(BaseConnectorConfigMap):
    connector: str = "backpack_simulator"
    backpack_api_key: SecretStr = _key_field("API key for the local Backpack")
    backpack_api_secret: SecretStr = _key_field("API secret for the local Backpack")
    model_config = ConfigDict(title="backpack_simulator")


OTHER_DOMAINS = ["backpack_simulator"]
OTHER_DOMAINS_PARAMETER = {"backpack_simulator": "simulator"}
OTHER_DOMAINS_EXAMPLE_PAIR = {"backpack_simulator": EXAMPLE_PAIR}
OTHER_DOMAINS_DEFAULT_FEES = {"backpack_simulator": DEFAULT_FEES}
OTHER_DOMAINS_KEYS = {"backpack_simulator": BackpackSimulatorConfigMap.model_construct()}
