"""From the records to a report. Fills are streamed: a million of them never are in memory at once."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from operator import itemgetter
from typing import Any

from sqlalchemy.exc import DatabaseError

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.market_making.accounting import Account, Fill, Match
from hummingbot_backpack.market_making.values import ZERO, Side
from hummingbot_backpack.records import HORIZONS, Records, Sample
from hummingbot_backpack.records.tables import FILLS
from hummingbot_backpack.report.model import Quoting, Report, Result, Series, Volume
from hummingbot_backpack.report.outside import outside
from hummingbot_backpack.report.parts import ENTERS, MarketSums
from hummingbot_backpack.report.windows import Window, held, holding_of, is_perpetual, window_of

CHART_BINS = 400
EQUITY_POINTS = 1500
COLLATERAL = "USDC"

_COLUMNS = list(FILLS.columns.keys())
_PLACE = itemgetter(*map(_COLUMNS.index, ("connector", "trading_pair", "time")))
_FILL = itemgetter(
    *map(
        _COLUMNS.index,
        (
            *("side", "price", "quantity", "fee", "fee_asset", "liquidity", "time", "purpose", "bid", "ask"),
            *(f"{side}_{seconds}" for seconds in HORIZONS for side in ("bid", "ask")),
        ),
    )
)
"""By place: a million rows are asked for each of their values by name otherwise."""

FillSeen = Callable[[Any], None]
MatchSeen = Callable[[Any, Match], None]


@dataclass
class _Market:
    """A market within its window."""

    row: Any
    window: Window
    sums: MarketSums
    end_price: Decimal | None
    end_mid: Decimal | None
    held: dict[int, Decimal] = field(default_factory=dict)
    """Position by bin of the charts."""


@dataclass
class Collector:
    """Reads one file of records.

    :param on_fill: told of each row of `fills` that the report counts
    :param on_match: told of each trade that a fill closed
    :param progress: told how many fills were read
    """

    records: Records
    bot: str
    on_fill: FillSeen = lambda row: None
    on_match: MatchSeen = lambda row, match: None
    progress: Callable[[int], None] = lambda count: None
    _read: int = field(default=0, init=False)

    def collect(self, period: str, session: int | None = None, since: float | None = None) -> Report:
        """
        :param period: "all", "today" (then `since` says when it began) or "session" (then `session` says which)
        :raises UserError: there is nothing to report, or the records cannot be read
        """
        try:
            return self._collect(period, session, since)
        except DatabaseError as error:
            raise UserError(
                f"records of {self.bot} cannot be read to their end ({error.orig}): the file is damaged;"
                " restore it from a backup, or move it away."
            ) from None

    def _collect(self, period: str, session: int | None, since: float | None) -> Report:
        chosen = self._sessions(period, session, since)
        total = Result("", "")
        begins = max(chosen[0].started, since or 0.0)
        ends = chosen[-1].ended or time.time()
        report = Report(
            self.bot,
            period,
            [row.id for row in chosen],
            begins,
            ends,
            running=chosen[-1].ended is None,
            quote=COLLATERAL,
            total=total,
            markets=[],
        )
        report.series = Series(bin_seconds=max(1.0, (ends - begins) / CHART_BINS))
        changes: list[Decimal | None] = []
        before: dict[str, Decimal] = {}
        first: dict[str, Decimal] = {}
        for row in chosen:
            for window in self._session(report, row, since):
                changes.append(window.change)
                if window.opening is None or window.closing is None:
                    continue
                if window.account in before:
                    total.parts.between += window.opening.equity - before[window.account]
                first.setdefault(window.account, window.opening.equity)
                before[window.account] = window.closing.equity
        for result in report.markets:
            total.add(result)
        if changes and None not in changes:
            report.equity_start, report.equity_end = sum(first.values(), ZERO), sum(before.values(), ZERO)
            report.change = report.equity_end - report.equity_start
        else:
            report.note("no_account")
        if not total.volume.fills:
            report.note("no_fills")
        if report.running:
            report.note("running")
        return report

    def _sessions(self, period: str, session: int | None, since: float | None) -> list[Any]:
        rows = self.records.sessions()
        if not rows:
            raise UserError(f"records of {self.bot} hold no session: start the bot, and report again.")
        if period == "session":
            rows = [row for row in rows if row.id == session]
            if not rows:
                raise UserError(
                    f"session ({session}) must be one that {self.bot} has on record; `--sessions` lists them."
                )
        if since is not None:
            rows = [row for row in rows if row.ended is None or row.ended >= since]
            if not rows:
                raise UserError(f"{self.bot} has no session of today; leave --today out for all of them.")
        return rows

    # One session --------------------------------------------------------------------------------------------------

    def _session(self, report: Report, session: Any, since: float | None) -> list[Window]:
        by_account: dict[str, list[Sample]] = {}
        for sample in self.records.samples(session.id):
            by_account.setdefault(sample.account, []).append(sample)
        rows = self.records.markets(session.id)
        windows: dict[str, Window] = {}
        cut = since if since is not None and session.started < since else None
        for name in {row.account or row.connector for row in rows}:
            window = window_of(name, by_account.get(name, []), cut)
            if window is None:
                report.note("not_cut", session=session.id)
                return []
            windows[name] = window
        for name, window in windows.items():
            if window.opening is not None:
                _draw_equity(report.series, by_account.get(name, []), window)
        markets = self._markets(rows, windows)
        self._fills(report, session, markets, cut)
        self._funding(session.id, markets)
        for market in markets.values():
            self._finish(report, market)
        for window in windows.values():
            self._outside(report, session.id, window, [each for each in markets.values() if each.window is window])
        self._quoting(report, session.id, windows, markets)
        return list(windows.values())

    def _markets(self, rows: list[Any], windows: dict[str, Window]) -> dict[tuple[str, str], _Market]:
        markets: dict[tuple[str, str], _Market] = {}
        taken: set[tuple[str, str]] = set()
        for row in rows:
            window = windows[row.account or row.connector]
            base, quote = row.trading_pair.split("-")
            perpetual, holding = is_perpetual(row), holding_of(row)
            if window.opening is not None:
                quantity, price = held(window.opening, holding, perpetual)
            else:
                quantity, price = Decimal(row.opening_position), _number(row.opening_mark)
            if (window.account, holding) in taken:
                quantity = ZERO
            taken.add((window.account, holding))
            end = held(window.closing, holding, perpetual)[1] or _number(row.closing_mark)
            bid, ask = _number(row.closing_bid), _number(row.closing_ask)
            mid = None if bid is None or ask is None else (bid + ask) / 2
            account = Account.opening(quote, quantity, price, base)
            sums = MarketSums(account, quantity, price)
            markets[row.connector, row.trading_pair] = _Market(row, window, sums, end if end is not None else mid, mid)
        return markets

    def _fills(self, report: Report, session: Any, markets: dict[tuple[str, str], _Market], cut: float | None) -> None:
        counted: dict[str, int] = {}
        ends: dict[str, float] = {}
        for market in markets.values():
            closing = market.window.closing
            known = closing.time if closing is not None else session.ended
            ends[market.window.account] = known if known is not None else time.time()
        for row in self.records.rows(FILLS, session.id):
            self._read += 1
            if not self._read % 5000:
                self.progress(self._read)
            connector, trading_pair, moment = _PLACE(row)
            found = markets.get((connector, trading_pair))
            if found is None:
                report.note("unknown_market", market=trading_pair)
                continue
            window = found.window
            number = counted.get(window.account, 0) + 1
            counted[window.account] = number
            if number <= window.first_fill or (window.last_fill is not None and number > window.last_fill):
                continue
            if cut is not None and window.opening is None and moment < cut:
                continue
            self._fill(report, found, row, moment + ENTERS > ends[window.account])
        self.progress(self._read)

    def _fill(self, report: Report, market: _Market, row: Any, ends_before: bool) -> None:
        side, price, quantity, fee, fee_asset, liquidity, moment, purpose, bid, ask, *after = _FILL(row)
        fill = Fill(
            Side.BUY if side == "buy" else Side.SELL,
            Decimal(price),
            Decimal(quantity),
            Decimal(fee),
            fee_asset,
            liquidity == "maker",
            moment,
        )
        mid = _mid(bid, ask)
        later = {horizon: _mid(after[2 * i], after[2 * i + 1]) for i, horizon in enumerate(HORIZONS)}
        matches = market.sums.add(fill, purpose, mid, later, ends_before)
        self.on_fill(row)
        for match in matches:
            self.on_match(row, match)
        _draw_fill(report.series, market, fill, purpose, mid, later[ENTERS])

    def _funding(self, session: int, markets: dict[tuple[str, str], _Market]) -> None:
        for payment in self.records.funding(session):
            market = markets.get((payment.connector, payment.trading_pair))
            if market is not None and _inside(market.window, payment.time):
                market.sums.account.add_funding(payment.amount)

    def _finish(self, report: Report, market: _Market) -> None:
        sums, row, account = market.sums, market.row, market.sums.account
        if market.end_price is None and account.position != 0:
            report.note("last_price", market=row.trading_pair)
        price = market.end_price if market.end_price is not None else sums.last_price or sums.opening_price
        market.end_price = price
        unrealised = account.unrealised(price)
        result = Result(
            row.connector,
            row.trading_pair,
            parts=sums.parts(price, market.end_mid),
            volume=Volume(account.maker_volume, account.taker_volume, account.buys, account.sells),
            realised=account.realised,
            unrealised=unrealised if unrealised is not None else ZERO,
            position=account.position,
            average_entry=account.average_entry,
            price=price,
            markouts=dict(sums.markouts),
            markout_volume=dict(sums.markout_volume),
            quoted_spread=sums.quoted_spread,
            quoted_volume=sums.quoted_volume,
        )
        if sums.without_touch:
            report.note("without_touch", count=sums.without_touch, market=row.trading_pair)
        if sums.without_markout:
            report.note("without_markout", count=sums.without_markout, market=row.trading_pair)
        others = [asset for asset in account.fees if asset not in (account.quote, account.base)]
        for asset in others:
            report.note("other_fee", asset=asset, amount=account.fees[asset])
        if account.quote != COLLATERAL:
            report.note("other_quote", market=row.trading_pair, quote=account.quote)
        drawn = report.series.positions.setdefault(f"{row.trading_pair} ({row.connector})", {})
        drawn.update({place: float(position) for place, position in market.held.items()})
        known = next(
            (e for e in report.markets if (e.connector, e.trading_pair) == (row.connector, row.trading_pair)), None
        )
        if known is None:
            report.markets.append(result)
        else:
            known.add(result)
            known.position, known.average_entry = result.position, result.average_entry
            known.price = result.price

    def _outside(self, report: Report, session: int, window: Window, markets: list[_Market]) -> None:
        own = {holding_of(each.row): each.end_price or ZERO for each in markets}
        foreign = [
            each
            for each in self.records.foreign_fills(session)
            if each.account == window.account and _inside(window, each.fill.time)
        ]
        transfers = [
            each
            for each in self.records.transfers(session)
            if each.account == window.account and _inside(window, each.time)
        ]
        found = outside(window, foreign, transfers, own, COLLATERAL)
        report.total.parts.add(found.parts)
        report.foreign_fills += found.foreign
        for each in transfers:
            if each.price is None:
                report.note("unpriced", asset=each.asset, amount=each.amount)

    def _quoting(
        self, report: Report, session: int, windows: dict[str, Window], markets: dict[tuple[str, str], _Market]
    ) -> None:
        for spent in self.records.quoting(session):
            market = markets.get((spent.connector, spent.trading_pair))
            result = next(
                (
                    each
                    for each in report.markets
                    if (each.connector, each.trading_pair) == (spent.connector, spent.trading_pair)
                ),
                None,
            )
            if market is None or result is None or not _inside(market.window, spent.time, loosely=True):
                continue
            result.quoting.add(Quoting(spent.seconds, list(spent.both), list(spent.bid_size), list(spent.ask_size)))


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


_HALF = Decimal("0.5")


def _mid(bid: str | None, ask: str | None) -> Decimal | None:
    return None if bid is None or ask is None else (Decimal(bid) + Decimal(ask)) * _HALF


def _inside(window: Window, moment: float, loosely: bool = False) -> bool:
    """Whether a moment lies in the window.

    :param loosely: also what began up to a minute before it, or lies after a sample that a session ended with
    """
    begins = window.opening.time if window.opening is not None and window.opening.kind != "start" else 0.0
    ends = window.closing.time if window.closing is not None and window.closing.kind != "end" else float("inf")
    return (begins - 60 if loosely else begins) <= moment <= ends


def _draw_equity(series: Series, samples: list[Sample], window: Window) -> None:
    inside = [each for each in samples if _inside(window, each.time)]
    step = max(1, len(inside) // EQUITY_POINTS)
    drawn = {id(each): each for each in [*inside[::step], *inside[-1:]]}
    series.equity += [(each.time, float(each.equity)) for each in drawn.values()]


def _draw_fill(
    series: Series, market: _Market, fill: Fill, purpose: str | None, mid: Decimal | None, later: Decimal | None
) -> None:
    place = int(fill.time // series.bin_seconds)
    price, signed = float(fill.price), float(fill.quantity)
    volumes = series.maker if fill.is_maker else series.taker
    volumes[place] = volumes.get(place, 0.0) + price * signed
    fee = float(fill.fee) if fill.fee_asset == market.sums.account.quote else float(fill.fee) * price
    series.fees[place] = series.fees.get(place, 0.0) - fee
    if mid is not None and purpose != "hedge":
        if fill.side is Side.SELL:
            signed = -signed
        middle = float(mid)
        series.spread[place] = series.spread.get(place, 0.0) + signed * (middle - price)
        if later is not None:
            series.adverse[place] = series.adverse.get(place, 0.0) + signed * (float(later) - middle)
    market.held[place] = market.sums.account.position
