"""The session around a script's controllers: exact records, published state, length, and a clean end."""

import asyncio
import os
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot import data_path  # type: ignore[attr-defined]
from hummingbot.client.config.security import Security
from hummingbot.client.hummingbot_application import HummingbotApplication
from hummingbot.connector.connector_base import ConnectorBase

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.market_making.accounting import Account
from hummingbot_backpack.market_making.breakers import Result
from hummingbot_backpack.records import Records
from hummingbot_backpack.trading import controller as controllers
from hummingbot_backpack.trading import log_care, observe, script, state, status, steady
from hummingbot_backpack.trading.book_keeping import BookKeeper
from hummingbot_backpack.trading.configs import SessionConfig
from hummingbot_backpack.trading.oversight import Oversight
from hummingbot_backpack.trading.process import end_bot

SETTLE_SECONDS = 3.0
"""At the end, how long to wait for the exchange's position to agree with our fills."""
STILL_SECONDS = 3.0
"""How often the state is written while nothing in it changes: a third of the time after which readers call it stale."""
FLATTEN_SECONDS = 60.0
"""At the end, how long a position may take to close before the bot ends with it, saying so."""


class Session(script.Controllers):
    """A session: several controllers, exact records, published state, an end."""

    def __init__(self, connectors: dict[str, ConnectorBase], config: SessionConfig) -> None:
        super().__init__(connectors, config)
        self.config: SessionConfig = config
        folder = Path(data_path())
        stem = Path(HummingbotApplication.main_application().strategy_file_name or config.script_file_name).stem
        self._bot_name = stem
        self._records_path = folder / f"{stem}.records.sqlite" if config.persist else None
        self._state_path = folder / "backpack_state.json"
        self._published: tuple[float, dict[str, Any]] | None = None
        self.started_at = time.time()
        self.trading_since: float | None = None
        self._steady_since: float | None = None
        self._keeper: BookKeeper | None = None
        self._oversight: Oversight | None = None
        self._status_at = 0.0
        self._care_for_logs()
        self._flatten_until: float | None = None

    def _care_for_logs(self) -> None:
        if self.config.log_level is not None:
            log_care.set_level(self.config.log_level)
        if self.config.log_detail == "masked":
            log_care.mask()
        if self.config.log_archive == "encrypted":
            log_care.encrypt_rotated(Security.secrets_manager.password.get_secret_value())

    # Ticks --------------------------------------------------------------------------------------------------------

    def tick(self, timestamp: float) -> None:
        super().tick(timestamp)
        self._publish(running=True)

    def on_tick(self) -> None:
        super().on_tick()
        if self._keeper is None or self.trading_since is None:
            return
        now = time.time()
        self._keeper.tick(now)
        if now - self._status_at >= float(self.config.status_interval):
            self._status_at = now
            self.logger().info("\n".join(["Status", *self.status_lines()]))
        self._heed_end(steady.now())

    def _heed_end(self, now: float) -> None:
        if self._flatten_until is not None:
            self._heed_flattening(now)
        if self.ended_by is not None:
            return
        self.ended_by = self._is_over(now)
        if self.ended_by is None:
            return
        self.logger().info(f"The bot ends: {self.ended_by}.")
        self.breakers.end_count()
        if self.config.on_end == "flatten":
            self._flatten_until = now + FLATTEN_SECONDS
            for controller in self.own:
                controller.flatten()
        else:
            end_bot()

    def _is_over(self, now: float) -> str | None:
        """Why the session has reached its end, whichever comes first; None if it has not."""
        duration, target = self.config.duration, self.config.volume_target
        if duration is not None and self._steady_since is not None and now - self._steady_since >= float(duration):
            return f"the session's {duration} s are over"
        if target is not None and self._volume() >= target:
            return f"the session's volume of {target} is reached"
        return None

    def _accounts(self) -> list[tuple[Account, Decimal | None]]:
        """Of every market, a hedge's second leg too, with the price that inventory is valued at."""
        return [book for one in self.own for book in one.books()]

    def _volume(self) -> Decimal:
        return sum((account.volume for account, _ in self._accounts()), Decimal(0))

    def result(self) -> Result | None:
        accounts = self._accounts()
        if not accounts:
            return None
        if self._keeper is not None and self._keeper.in_doubt:
            # Somebody else traded, and nobody has said at what price: no money limit may judge a position that is gone.
            return Result(None, None, self._volume())
        net, price_result = Decimal(0), Decimal(0)
        for account, mark in accounts:
            made, unrealised = account.net_pnl(mark), account.unrealised(mark)
            if made is None or unrealised is None:
                return Result(None, None, self._volume())
            net += made
            price_result += account.realised + unrealised - account.fees_quote
        return Result(net, price_result, self._volume())

    def _heed_flattening(self, now: float) -> None:
        open_still = [controller for controller in self.own if not controller.flat]
        if open_still and self._flatten_until is not None and now < self._flatten_until:
            return
        for controller in open_still:
            self.logger().error(f"{controller.config.id}: not flat after {FLATTEN_SECONDS:.0f} s; look at it.")
        self._flatten_until = None
        end_bot()

    def begin(self) -> bool:
        """Open the books of every market, then let the controllers act; False until all that needs is known."""
        if self._failed:
            return False
        if self._keeper is None or self._oversight is None:
            try:
                self._open_books()
            except UserError as error:
                self._fail(str(error))
                return False
        if self._keeper is None or not self._keeper.open_accounts(self.connectors):
            return False
        for controller in self.own:
            for name, pair in controller.markets:
                if (name, pair) in self._keeper.markets:
                    continue
                quoted = (name, pair) == controller.markets[0]
                leg = getattr(controller, "hedge_leg", None)
                hedges = leg is not None and (leg.name, leg.trading_pair) == (name, pair)
                market = self._keeper.add_market(name, self.connectors[name], pair, hedges)
                if market is None:
                    return False
                controller.take_market(market.account, market.earlier, quoted)
            controller.withdraw_after = float(self.config.withdraw_after)
        self.trading_since = self._status_at = time.time()
        self._steady_since = steady.now()
        return super().begin()

    def _open_books(self) -> None:
        """:raises UserError: records that cannot be written, settings of alerts that cannot be used"""
        if self._oversight is None:
            self._oversight = Oversight(self._bot_name, self.connectors, self._steps())
        records = Records(self._records_path)
        self._keeper = BookKeeper(records, records.begin_session(self.started_at))
        self._keeper.on_fill = self._oversight.on_fill

    def _steps(self) -> dict[tuple[str, str], Callable[[], float]]:
        """When each market's controller last began to decide."""

        def began(controller: controllers.Base) -> Callable[[], float]:
            return lambda: controller.step_began

        return {market: began(each) for each in self.own for market in each.markets}

    # End ----------------------------------------------------------------------------------------------------------

    async def on_stop(self) -> None:
        """As every script of ours, then the last fills, then the books are closed."""
        await super().on_stop()
        self.ended_by = self.ended_by or "stopped"
        if self._keeper is not None:
            await self._settle(self._keeper)
            await self._keeper.close(self.ended_by)
            self.logger().info("\n".join(["Session over", *self.status_lines()]))
        self._publish(running=False)
        if self._oversight is not None:
            await self._oversight.close()

    async def _settle(self, keeper: BookKeeper) -> None:
        """Wait until the exchange's positions and our fills agree, or say that they do not."""
        deadline = time.monotonic() + SETTLE_SECONDS
        asking = asyncio.gather(
            keeper.read_histories(), *(observe.settle_funding(connector) for connector in self.connectors.values())
        )
        try:
            await asyncio.wait_for(asking, SETTLE_SECONDS)
        except TimeoutError:
            self.logger().warning("The exchange did not say in time what moved the accounts in the last moments.")
        while (differing := keeper.differences()) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        for line in differing:
            self.logger().warning(line)

    # Looking at it ------------------------------------------------------------------------------------------------

    def status_lines(self) -> list[str]:
        lines = []
        if self._steady_since is not None and self.config.duration is not None:
            done = min(steady.now() - self._steady_since, float(self.config.duration))
            lines.append(f"  session   {done:.0f} of {self.config.duration} s")
        if self.config.volume_target is not None:
            lines.append(f"  session   volume {self._volume():.2f} of {self.config.volume_target}")
        if self._safety is not None:
            lines += [f"  breaker   {row['name']} ({row['scope']}): {row['reason']}" for row in self.safety.listed()]
        return lines + super().status_lines()

    def _publish(self, running: bool) -> None:
        published = {
            "version": 1,
            "pid": os.getpid(),
            "time": time.time(),
            "started": self.started_at,
            "trading_since": self.trading_since,
            "running": running,
            "ended_by": None if running else self.ended_by,
            "duration": None if self.config.duration is None else str(self.config.duration),
            "volume_target": None if self.config.volume_target is None else str(self.config.volume_target),
            "breakers": [] if self._safety is None else self.safety.listed(),
            "preflight": [] if self._safety is None else [report.plain() for report in self.safety.reports],
            "leftovers": list(self.leftovers),
            "persist": self.config.persist,
            "accounts": [] if self._keeper is None else self._keeper.accounts(),
            **status.totals(self.own),
            "controllers": [status.market_state(controller) for controller in self.own],
        }
        if self._oversight is not None:
            published |= self._oversight.state()
            self._oversight.look(published)
        told = {name: value for name, value in published.items() if name not in ("time", "measures")}
        now = time.monotonic()
        if self._published is not None and self._published[1] == told and now - self._published[0] < STILL_SECONDS:
            return
        self._published = now, told
        try:
            state.publish(self._state_path, published)
        except OSError as error:
            self.logger().warning(f"The state could not be written: {error}")
