"""Everything about a local Backpack that can be set."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from hummingbot_backpack.simulator.flow.recordings import microseconds
from hummingbot_backpack.simulator.flow.types import STANDARD, FlowTypes

DEFAULT_PORT = 18490
LOOPBACK = ("127.0.0.1", "::1", "localhost")
CHOICES: dict[str, type[bool] | type[int] | type[float] | type[str]] = {
    "taker_delay": float, "post_only_cross": str, "cancel_missing": str, "depth_without_limit": int,
    "upper_expiry_reasons": bool, "batch_limit": int, "max_open_orders": int, "rate_limit": int,
    "historical_limit": int, "mirror_url": str, "mirror_stream_url": str, "ping_interval": float, "auto_lend": bool,
    "auto_realize": bool, "flow_bar_volume": str,
}  # fmt: skip
"""Settings that the command line takes as ``--set NAME=VALUE``."""


@dataclass(slots=True)
class SimulatorConfig:
    """Settings of one simulated exchange. Defaults are what `hummingbot-backpack simulator` runs with."""

    port: int = DEFAULT_PORT
    """0 takes a free one."""
    host: str = "127.0.0.1"
    exposed: bool = False
    """Whether it may listen on an address that others can reach."""
    seed: int = 1
    speed: float = 1.0
    """How many times faster than real time the market runs (flow, marks, funding, realisation, interest)."""
    flow: str | Path | tuple[str | Path, ...] | None = "calm"
    """calm, trending, jump, or None for a market where nothing moves by itself; or a recording: a file of trades,
    touch, depth or bars, or a touch or depth together with the trades of the same stretch."""
    flow_types: FlowTypes = STANDARD
    """Price processes by name, makers and takers: other types for other assumptions."""
    flow_market: str = "SOL_USDC_PERP"
    """The market that a recording drives; the others follow the calm process."""
    flow_quantity_scale: float = 0.1
    """Share of the recorded notional that is traded, or stands in the book."""
    flow_from: datetime | None = None
    """Where recorded bars begin (UTC where it has no zone)."""
    flow_to: datetime | None = None
    """Where recorded bars end; the bar that begins then is left out."""
    flow_bar_volume: str = "quote"
    """What recorded bars count their volume in: quote or base."""
    mirror: tuple[str, ...] = ()
    """Real markets to follow instead of a flow (paper trading); see `LocalBackpack.mirroring`."""
    mirror_url: str = "https://api.backpack.exchange"
    mirror_stream_url: str = "wss://ws.backpack.exchange/"
    balances: dict[str, str] = field(default_factory=lambda: {"USDC": "10000"})
    """What the account of a new key starts with."""
    keys: dict[str, dict[str, str]] = field(default_factory=dict)
    """Keys (base64) known from the start, with their starting balances."""
    strict_keys: bool = False
    """Refuse keys that are not in `keys`."""
    prices: dict[str, str] = field(default_factory=dict)
    """Starting price per base asset, over the built-in ones."""
    markets: list[dict[str, Any]] | None = None
    """Rows as `/markets` shows them, instead of the built-in ones."""
    auto_lend: bool = False
    auto_realize: bool = True
    # Choices where the exchange's documents conflict or are silent; docs/simulator.md has the table.
    taker_delay: float = 0.1
    """Seconds that an order without postOnly waits before it reaches the engine."""
    post_only_cross: str = "reject"
    """reject: HTTP 400 INVALID_ORDER; expire: 200 with status Expired."""
    cancel_missing: str = "not_found"
    """not_found: 404 RESOURCE_NOT_FOUND `Not Found`; order_not_found: 400 INVALID_CLIENT_REQUEST `Order not found`."""
    depth_without_limit: int = 5000
    upper_expiry_reasons: bool = False
    """Whether account.orderUpdate's `R` says PRICE_OUT_OF_BOUNDS or, as REST does, PriceOutOfBounds."""
    batch_limit: int = 50
    max_open_orders: int = 1000
    rate_limit: int | None = 2000
    """Requests a minute per account (None: no limit)."""
    historical_limit: int | None = 30
    """Candle and trade history requests a minute (None: no limit)."""
    request_within: float = 30.0
    """Seconds in which a connection must have sent its first request, and any request its whole body."""
    ping_interval: float = 60.0
    """Seconds between the server's protocol pings."""
    virtual_clock: bool = False
    """Time stands still but for `LocalBackpack.advance`."""

    def checked(self) -> "SimulatorConfig":
        """Itself, or ValueError with one sentence about what is wrong."""
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port ({self.port}) must be between 0 and 65535")
        if self.host not in LOOPBACK and not self.exposed:
            raise ValueError(f"host ({self.host}) must be one of {', '.join(LOOPBACK)}, unless exposed is set")
        if not 0 < self.speed <= 1000:
            raise ValueError(f"speed ({self.speed}) must be over 0 and at most 1000")
        if self.post_only_cross not in ("reject", "expire"):
            raise ValueError(f"post_only_cross ({self.post_only_cross}) must be reject or expire")
        if self.cancel_missing not in ("not_found", "order_not_found"):
            raise ValueError(f"cancel_missing ({self.cancel_missing}) must be not_found or order_not_found")
        if self.flow_bar_volume not in ("quote", "base"):
            raise ValueError(f"flow_bar_volume ({self.flow_bar_volume}) must be quote or base")
        if self.flow_from and self.flow_to and microseconds(self.flow_from) >= microseconds(self.flow_to):
            raise ValueError(f"flow_from ({self.flow_from}) must be before flow_to ({self.flow_to})")
        if (self.flow_from or self.flow_to) and (self.flow is None or self.flow in self.flow_types.processes):
            raise ValueError(f"flow_from and flow_to must go with a recording of bars, not {self.flow or 'none'}")
        for name in ("taker_delay", "ping_interval", "depth_without_limit", "batch_limit", "max_open_orders"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} ({getattr(self, name)}) must not be negative")
        return self
