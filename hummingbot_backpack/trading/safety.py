"""What stands between a script and its first order, and watches it from then on: preflight, breakers, requests."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.market_making import breakers as decisions
from hummingbot_backpack.market_making.breakers import MoneyLimits, Trip
from hummingbot_backpack.market_making.preflight import Report
from hummingbot_backpack.trading import preflight, steady
from hummingbot_backpack.trading.breakers import FILE_NAME, Breakers
from hummingbot_backpack.trading.controller import WITHDRAW_AFTER_SECONDS
from hummingbot_backpack.trading.requests import Attendant

if TYPE_CHECKING:
    from hummingbot_backpack.trading.script import Controllers

UNTIL_SET_BACK = "`paused` in the controller's file is false again"


class Safety:
    """One for each script.

    :param data: the workspace's folder of data
    :raises UserError: what stopped the bot earlier cannot be read, or another bot runs in this workspace
    """

    def __init__(self, script: "Controllers", data: Path) -> None:
        self._script = script
        self.limits: MoneyLimits = getattr(script.config, "money_limits", MoneyLimits())
        patience = float(getattr(script.config, "withdraw_after", WITHDRAW_AFTER_SECONDS))
        self.breakers = Breakers(data / FILE_NAME, self.limits, patience)
        self._attendant = Attendant(data, script)
        self._preflight: asyncio.Task[tuple[list[Report], list[str]] | None] | None = None
        self._complaint: str | None = None
        self._passed = False
        self.reports: list[Report] = []

    def cleared(self) -> bool:
        """Whether the first order may go; False: not known yet, ask again.

        :raises UserError: the preflight refuses; one sentence for each thing
        """
        if self._passed:
            return True
        if self._preflight is None:
            self._preflight = asyncio.ensure_future(preflight.check(self._script.own, self.limits))
        if not self._preflight.done():
            return False
        task, self._preflight = self._preflight, None
        try:
            found = task.result()
        except OSError as error:
            if str(error) != self._complaint:
                self._complaint = str(error)
                self._script.logger().warning(f"The preflight waits: {error}")
            return False
        except UserError:
            raise
        except Exception as error:
            # What was not judged is not traded on, and asking again would fail again.
            self._script.logger().exception("The preflight failed.")
            raise UserError(f"The preflight failed: {error!r}.") from error
        if found is None:
            return False
        self.reports, together = found
        self._tell(together)
        refused = [f"{report.controller_id}: {line}" for report in self.reports for line in report.refused]
        if refused:
            raise UserError(". ".join(refused) + ".")
        markets = {
            (controller.config.connector_name, controller.config.trading_pair): controller.config.id
            for controller in self._script.own
        }
        self.breakers.listen(self._script.connectors, markets)
        for controller in self._script.own:
            controller.held_by = self.breakers.hold_of
        self._script.ask_for_settings(self._script.own)
        self._passed = True
        return True

    def _tell(self, together: list[str]) -> None:
        log = self._script.logger()
        for report in self.reports:
            say = log.info if report.passes and not report.warned else log.warning
            say("\n".join(report.lines()))
        for line in together:
            log.warning(f"Preflight: {line}.")

    def look(self) -> None:
        """Once a tick: what the session has made, and what is over."""
        self.breakers.judge(self._script.result())

    def listed(self) -> list[dict[str, Any]]:
        """Everything that stops quoting now, for the published state."""
        more: list[Trip] = []
        for controller in self._script.own:
            name, blind = controller.config.id, controller.blind()
            if blind is not None:
                now = steady.now()
                trip = decisions.judge_data(blind[0], blind[1], controller.withdraw_after, name, now)
                more += [trip] if trip is not None else []
            if getattr(controller.config, "paused", False):
                reason = "paused in its configuration"
                more.append(Trip(decisions.Breaker.MANUAL, name, reason, controller.paused_since, UNTIL_SET_BACK))
        return self.breakers.listed(more)

    def close(self) -> None:
        """Answer nobody and listen to nothing any more."""
        if self._preflight is not None:
            self._preflight.cancel()
        self.breakers.close()
        self._attendant.close()
