"""One market maker of the comparison: a bot as Hummingbot's engine runs it, in a process of its own.

``python -m benchmarks._maker_side ours|bundled|hedge URL`` makes a market until its standard input ends; the secret of
its key pair is its first line. A line ``refresh SECONDS`` sets how often the peer's controller renews its orders.

Ours: our connector, our script, ``perp_market_maker``; hedge: the same with ``maker_taker_hedge``. Bundled: the bundled
connector under Hummingbot's own V2 script base, with fixed spreads on `MarketMakingControllerBase`: order by order an
executor, each in a loop of one second. All write Hummingbot's database.
"""

import asyncio
import base64
import logging
import os
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from hummingbot.client import settings
from hummingbot.client.config.client_config_map import DBSqliteMode, MarketDataCollectionConfigMap
from hummingbot.client.hummingbot_application import HummingbotApplication
from hummingbot.connector.derivative.backpack_perpetual.backpack_perpetual_derivative import BackpackPerpetualDerivative
from hummingbot.connector.markets_recorder import MarketsRecorder
from hummingbot.core.clock import Clock, ClockMode
from hummingbot.model.sql_connection_manager import SQLConnectionManager, SQLConnectionType
from hummingbot.strategy.strategy_v2_base import StrategyV2Base, StrategyV2ConfigBase
from hummingbot.strategy_v2.controllers.market_making_controller_base import (
    MarketMakingControllerBase,
    MarketMakingControllerConfigBase,
)
from hummingbot.strategy_v2.executors.position_executor.data_types import PositionExecutorConfig
from nacl.signing import SigningKey

from test.compare.scene import BUNDLED, OURS, point_at
from test.compare.side import own_workspace, which_side

PAIR = "SOL-USDC"
LEVELS = 3
SIZE = "0.3"
HALF_SPREAD, STEP = Decimal("0.001"), Decimal("0.003")
AT_REST = 3600
HEDGE = "hedge"


class PeerConfig(MarketMakingControllerConfigBase):
    """Fixed spreads on the same levels as ours."""

    controller_name: str = "peer"
    connector_name: str = "backpack_perpetual"
    trading_pair: str = PAIR
    leverage: int = 1
    position_mode: Any = "ONEWAY"
    cooldown_time: int = 0
    executor_refresh_time: int = AT_REST

    def get_controller_class(self) -> type:
        return Peer


class Peer(MarketMakingControllerBase):
    """What users write: spreads around mid, one position executor for each level."""

    def get_executor_config(self, level_id: str, price: Decimal, amount: Decimal) -> PositionExecutorConfig:
        return PositionExecutorConfig(
            timestamp=self.market_data_provider.time(),
            level_id=level_id,
            connector_name=self.config.connector_name,
            trading_pair=self.config.trading_pair,
            entry_price=price,
            amount=amount,
            triple_barrier_config=self.config.triple_barrier_config,
            leverage=self.config.leverage,
            side=self.get_trade_type_from_level_id(level_id),
        )


class PeerScriptConfig(StrategyV2ConfigBase):
    script_file_name: str = "peer.py"
    markets: dict[str, set[str]] = {}
    candles_config: list[Any] = []


class PeerScript(StrategyV2Base):
    """Hummingbot's own base with nothing added."""

    def create_actions_proposal(self) -> list[Any]:
        return []

    def stop_actions_proposal(self) -> list[Any]:
        return []


def _recorder(folder: Path, connector: Any) -> None:
    client: Any = SimpleNamespace(db_mode=DBSqliteMode())
    manager = SQLConnectionManager(
        client, SQLConnectionType.TRADE_FILLS, str(folder / "trades.sqlite"), called_from_migrator=True
    )
    MarketsRecorder(manager, [connector], "maker.yml", "maker", MarketDataCollectionConfigMap()).start()


def _maker(name: str) -> dict[str, Any]:
    return {
        "controller_name": "perp_market_maker",
        "controller_type": "market_making",
        "connector_name": name,
        "trading_pair": PAIR,
        "spread_pct": str(HALF_SPREAD * 200),
        "orders_per_side": LEVELS,
        "level_step_bps": str(STEP * 10_000),
        "order_amount": SIZE,
        "max_position": 100,
        "position_threshold": 100,
    }


def _hedge(name: str) -> dict[str, Any]:
    """Both legs on one market; the others' market is wide."""
    market = f"{name}:{PAIR}"
    return {
        "controller_name": "maker_taker_hedge",
        "controller_type": "generic",
        "maker_market": market,
        "hedge_market": market,
        "order_amount": SIZE,
        "max_market_spread_bps": 1000,
        "max_slippage_bps": 1000,
    }


def _ours(folder: Path, connector: Any, controller: dict[str, Any]) -> StrategyV2Base:
    from scripts import backpack_market_making

    (folder / "maker.yml").write_text(yaml.safe_dump({"id": "maker", **controller}))
    settings.CONTROLLERS_CONF_DIR_PATH = folder
    config = backpack_market_making.BackpackMarketMakingConfig(controllers_config=["maker.yml"])
    backpack_market_making.BackpackMarketMaking.init_markets(config)
    return backpack_market_making.BackpackMarketMaking({connector.name: connector}, config)


def _peer(name: str, connector: Any) -> PeerScript:
    spreads = [float(HALF_SPREAD + STEP * level) for level in range(LEVELS)]
    config = PeerConfig(
        id="peer",
        buy_spreads=spreads,
        sell_spreads=spreads,
        buy_amounts_pct=[1] * LEVELS,
        sell_amounts_pct=[1] * LEVELS,
        total_amount_quote=Decimal(SIZE) * 2 * LEVELS * 145,
    )
    PeerScript.markets = {name: {PAIR}}
    script = PeerScript({name: connector}, PeerScriptConfig())
    script.add_controller(config)
    script.controllers["peer"].start()
    return script


async def _run(side: str, url: str, folder: Path) -> None:
    loop = asyncio.get_running_loop()
    secret = (await loop.run_in_executor(None, sys.stdin.readline)).strip()
    public = base64.b64encode(bytes(SigningKey(base64.b64decode(secret)).verify_key)).decode()
    point_at(url, BUNDLED if side == BUNDLED else OURS)
    application = SimpleNamespace(_mqtt=None, strategy_file_name="maker.yml", headless_mode=True)
    setattr(HummingbotApplication, "main_application", classmethod(lambda *_, **__: application))  # noqa: B010
    more = {"domain": "simulator"} if side != BUNDLED else {}
    connector = BackpackPerpetualDerivative(public, secret, trading_pairs=[PAIR], **more)
    _recorder(folder, connector)
    if side == BUNDLED:
        script: StrategyV2Base = _peer(connector.name, connector)
    else:
        script = _ours(folder, connector, (_hedge if side == HEDGE else _maker)(connector.name))
    with Clock(ClockMode.REALTIME, tick_size=1.0) as clock:
        clock.add_iterator(connector)
        clock.add_iterator(script)
        ticking = asyncio.ensure_future(clock.run())
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            if side == BUNDLED:
                script.controllers["peer"].config.executor_refresh_time = int(line.split()[1])
        await script.on_stop()
        ticking.cancel()


def main() -> None:
    side, url = sys.argv[1:]
    if which_side() != (BUNDLED if side == BUNDLED else OURS):
        sys.exit(f"the connector that was loaded is not the {side} one")
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        own_workspace(Path(folder))
        asyncio.run(_run(side, url, Path(folder)))
    # Hummingbot leaves threads behind.
    os._exit(0)


if __name__ == "__main__":
    main()
