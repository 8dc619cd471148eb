"""The two kinds of market that the list is gone through for, and the strategies of Hummingbot that serve it."""

from dataclasses import dataclass
from typing import Any

SPOT_CONNECTOR, PERPETUAL_CONNECTOR = "backpack_simulator", "backpack_perpetual_simulator"
MARKET = "SOL-USDC"

_PURE = {
    "template_version": 24, "strategy": "pure_market_making", "exchange": SPOT_CONNECTOR, "market": MARKET,
    "bid_spread": 0.1, "ask_spread": 0.1, "minimum_spread": -100, "order_refresh_time": 4, "max_order_age": 1800,
    "order_refresh_tolerance_pct": -1, "order_amount": 1, "price_ceiling": -1, "price_floor": -1,
    "moving_price_band_enabled": False, "ping_pong_enabled": False, "inventory_skew_enabled": False,
    "inventory_target_base_pct": 50, "inventory_range_multiplier": 1, "inventory_price": 1, "order_levels": 1,
    "order_level_amount": 0, "order_level_spread": 0.1, "filled_order_delay": 1, "hanging_orders_enabled": False,
    "hanging_orders_cancel_pct": 10, "order_optimization_enabled": False, "ask_order_optimization_depth": 0,
    "bid_order_optimization_depth": 0, "add_transaction_costs": False, "price_source": "current_market",
    "price_type": "mid_price", "take_if_crossed": False, "split_order_levels_enabled": False,
    "should_wait_order_cancel_confirmation": True,
}  # fmt: skip
_PERPETUAL = {
    "template_version": 6, "strategy": "perpetual_market_making", "derivative": PERPETUAL_CONNECTOR, "market": MARKET,
    "leverage": 2, "position_mode": "One-way", "bid_spread": 0.1, "ask_spread": 0.1, "minimum_spread": -100,
    "order_refresh_time": 4, "order_refresh_tolerance_pct": -1, "order_amount": 1, "long_profit_taking_spread": 0.2,
    "short_profit_taking_spread": 0.2, "stop_loss_spread": 50, "time_between_stop_loss_orders": 60,
    "stop_loss_slippage_buffer": 0.5, "price_ceiling": -1, "price_floor": -1, "order_levels": 1,
    "order_level_amount": 0, "order_level_spread": 0.1, "filled_order_delay": 1, "order_optimization_enabled": False,
    "ask_order_optimization_depth": 0, "bid_order_optimization_depth": 0, "price_source": "current_market",
    "price_type": "mid_price", "custom_api_update_interval": 5,
}  # fmt: skip
ARBITRAGE = {
    "template_version": 3, "strategy": "spot_perpetual_arbitrage", "spot_connector": SPOT_CONNECTOR,
    "spot_market": MARKET, "perpetual_connector": PERPETUAL_CONNECTOR, "perpetual_market": MARKET, "order_amount": 1,
    "perpetual_leverage": 2, "min_opening_arbitrage_pct": 0.5, "min_closing_arbitrage_pct": -0.1,
    "spot_market_slippage_buffer": 0.05, "perpetual_market_slippage_buffer": 0.05, "next_arbitrage_opening_delay": 120,
}  # fmt: skip


LIQUIDITY = {
    "template_version": 4, "strategy": "liquidity_mining", "exchange": SPOT_CONNECTOR, "markets": MARKET,
    "token": "SOL", "order_amount": 1, "spread": 0.1, "inventory_skew_enabled": False, "target_base_pct": 42,
    "order_refresh_time": 4, "order_refresh_tolerance_pct": 0.01, "inventory_range_multiplier": 1,
    "volatility_interval": 300, "avg_volatility_period": 10, "volatility_to_spread_multiplier": 1, "max_spread": -1,
    "max_order_age": 60,
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A kind of market: where it is traded, and how `create` asks for its simplest market maker."""

    name: str
    connector: str
    symbol: str
    """The market's name at the exchange."""
    settings: dict[str, Any]
    """A V1 market maker that refreshes its two orders every four seconds."""
    questions: tuple[tuple[str, str], ...]
    """What `create` asks after the market, and the answer; an empty one takes what is offered."""
    markets: tuple[str, ...]
    """All that the exchange has open."""

    @property
    def strategy(self) -> str:
        return str(self.settings["strategy"])


SPOT = Kind(
    "spot",
    SPOT_CONNECTOR,
    "SOL_USDC",
    _PURE,
    (
        ("to place the first bid", "0.1"),
        ("to place the first ask", "0.1"),
        ("How often do you want", "4"),
        ("What is the amount of SOL", "1"),
        ("ping pong", ""),
        ("new file name", ""),
    ),
    (MARKET,),
)
PERPETUAL = Kind(
    "perpetual",
    PERPETUAL_CONNECTOR,
    "SOL_USDC_PERP",
    _PERPETUAL,
    (
        ("How much leverage", "2"),
        ("Which position mode", ""),
        ("to place the first bid", "0.1"),
        ("to place the first ask", "0.1"),
        ("How often do you want", "4"),
        ("What is the amount of SOL", "1"),
        ("place a short order to reduce", ""),
        ("place a long order to reduce", ""),
        ("place stop_loss order", "5"),
        ("before refreshing a stop loss", ""),
        ("How much buffer", ""),
        ("new file name", ""),
    ),
    (MARKET, "BTC-USDC"),
)
