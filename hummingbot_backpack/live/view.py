"""The state that a bot publishes, as four layers on a terminal (card SE03)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from hummingbot_backpack.language import Words, spoken

State = dict[str, Any]


def figure(value: object, places: int | None = None) -> str:
    """A published figure for people; a dash for what is not known."""
    if value is None:
        return "–"
    number = Decimal(str(value))
    return f"{number:,.{places}f}" if places is not None else f"{number.normalize():,f}"


def signed(value: object, places: int) -> Text:
    """A result: green above zero, red below."""
    shown = figure(value, places)
    colour = "dim" if value is None else "green" if Decimal(str(value)) >= 0 else "red"
    return Text(shown, style=colour)


def said(sentence: object, words: Words) -> str:
    """A published sentence as the user reads it; what is published is English."""
    return spoken(str(sentence), words.language)


def render(state: State, status: str, words: Words, hint: str = "") -> RenderableType:
    """:param status: how the bot is, in words"""
    parts: list[RenderableType] = [Text(status, style="bold")]
    for breaker in state.get("breakers", ()):
        named = {name: said(breaker[name], words) for name in ("name", "scope", "reason")}
        parts.append(Text(words("breaker_holds", **named), "bold red"))
    for order in state.get("leftovers", ()):
        parts.append(Text(f"{words('leftover')}: {said(order, words)}", style="bold red"))
    parts += [_controller(entry, words) for entry in state.get("controllers", ())]
    if hint:
        parts.append(Text(hint, style="dim"))
    return Group(*parts)


def _controller(entry: State, words: Words) -> Panel:
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="bold cyan", no_wrap=True)
    # Chinese has no blanks to break a line at: what is too long would be cut off.
    rows.add_column(overflow="fold")
    for name, lines in (
        ("market", _market(entry, words)),
        ("decision", _decision(entry, words)),
        ("prices", _prices(entry, words)),
        ("result", _result(entry, words)),
        ("all_time", _all_time(entry, words)),
    ):
        for number, line in enumerate(lines):
            rows.add_row(words(name) if number == 0 else "", line)
    title = f"{entry['id']} · {entry['connector']} {entry['trading_pair']}"
    return Panel(rows, title=title, title_align="left", border_style="cyan")


def _market(entry: State, words: Words) -> Iterable[Text]:
    market = entry["market"]
    yield Text(
        f"{words('bid')} {figure(market['bid'])}  {words('ask')} {figure(market['ask'])}  {words('spread')} "
        f"{figure(market['spread_bps'], 2)} {words('bps')}  {words('mid')} {figure(market['mid'])}  {words('mark')} "
        f"{figure(market['mark'])}"
    )
    line = f"{words('position')} {figure(entry.get('position'))}"
    for name, key in (("target", "target_position"), ("limit", "max_position")):
        if entry.get(key) is not None:
            line += f"  {words(name)} {figure(entry[key])}"
    if entry.get("base_pct") is not None:
        line += (
            f"  {words('base_share')} {figure(entry['base_pct'], 2)} %  {words('target')} "
            f"{figure(entry.get('base_target_pct'))} ± {figure(entry.get('rebalance_threshold_pct'))} %"
        )
    if entry.get("residual") is not None:
        line += f"  {words('residual')} {figure(entry['residual'])}"
    yield Text(line)


def _decision(entry: State, words: Words) -> Iterable[Text]:
    for name, reason in (entry["decision"] or {}).items():
        try:
            label = words(f"stage_{name}")
        except KeyError:
            label = name
        yield Text.assemble((f"{label}: ", "dim"), said(reason, words))


def _prices(entry: State, words: Words) -> Iterable[Text]:
    prices = entry["prices"]
    if prices is None:
        return
    yield Text(
        f"{words('raw')} {figure(prices['raw_bid'], 4)} / {figure(prices['raw_ask'], 4)}  {words('ratio')} "
        f"{figure(prices['ratio'], 4)}  {words('offset')} {figure(prices['offset'], 6)}"
    )
    bids = " ".join(figure(price) for price in reversed(prices["bids"])) or "–"
    asks = " ".join(figure(price) for price in prices["asks"]) or "–"
    yield Text.assemble(f"{words('quoted')} ", (bids, "green"), " | ", (asks, "red"))


def _result(entry: State, words: Words) -> Iterable[Text]:
    quotes, result = entry["quotes"], entry["result"]
    orders = words("open_orders", count=entry["open_orders"])
    placed = words("quotes", **{name: quotes[name] for name in ("placed", "kept", "cancelled")})
    yield Text(words("and").join((orders, placed)))
    if result is None:
        return
    fills = words("fills", **{name: result[name] for name in ("fills", "buys", "sells")})
    yield Text(words("and").join((fills, _volume(result, words))))
    yield _pnl(result, result["net_pnl"], words)
    yield Text(words("wear", wear=figure(result["wear_rate_per_10000"], 2)))


def _all_time(entry: State, words: Words) -> Iterable[Text]:
    ever = (entry["result"] or {}).get("all_time")
    if not ever:
        return
    realised, unrealised, fees = (ever.get(name) for name in ("realised", "unrealised", "fees"))
    net = None
    if None not in (realised, unrealised, fees, ever.get("funding")):
        net = Decimal(realised) + Decimal(unrealised) - Decimal(fees) + Decimal(ever["funding"])
    yield _pnl(ever, net, words)
    maker, taker = Decimal(ever["maker_volume"] or 0), Decimal(ever["taker_volume"] or 0)
    volume = {"volume": maker + taker, "maker_volume": maker, "taker_volume": taker}
    wear = words("wear", wear=figure(ever["wear_rate_per_10000"], 2))
    yield Text(words("and").join((_volume(volume, words), wear)))


def _volume(result: State, words: Words) -> str:
    volume, maker, taker = (figure(result[name], 2) for name in ("volume", "maker_volume", "taker_volume"))
    return words("volume", volume=volume, maker=maker, taker=taker)


def _pnl(result: State, net: object, words: Words) -> Text:
    fees = result["fees"]
    if isinstance(fees, dict):
        shown = " ".join(f"{figure(amount, 4)} {asset}" for asset, amount in fees.items()) or "0"
    else:
        shown = figure(fees, 4)
    rest = {name: figure(result[name], 4) for name in ("realised", "unrealised", "funding")}
    before, _, after = words("pnl", net="\0", fees=shown, **rest).partition("\0")
    return Text.assemble(before, signed(net, 4), after)


def one_line(state: State, words: Words) -> str:
    """For a log instead of a terminal."""
    orders = words("open_orders", count=state.get("open_orders", 0))
    if "fills" not in state:
        return orders
    counts = words("fills", **{name: state[name] for name in ("fills", "buys", "sells")})
    return words("and").join((counts, words("profit", pnl=figure(state["pnl"], 4)), orders))
