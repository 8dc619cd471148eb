"""Every reason that a running bot publishes has its Chinese: collected from the code, and from decisions at random."""

import ast
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from enum import Enum

import pytest

from hummingbot_backpack.chinese import in_chinese
from hummingbot_backpack.market_making import breakers, hedge_step, spot_step, step
from hummingbot_backpack.market_making.breakers import Breaker, MoneyLimits, Result, Watermark
from hummingbot_backpack.market_making.exits import ExitCause, ExitState
from hummingbot_backpack.market_making.hedge_settings import MAKER_TAKER_HEDGE, HedgeSettings
from hummingbot_backpack.market_making.hedge_values import HedgeView, Phase
from hummingbot_backpack.market_making.holdings import Holdings
from hummingbot_backpack.market_making.limits import Headroom
from hummingbot_backpack.market_making.market_states import MarketState
from hummingbot_backpack.market_making.models.rows import ModelSettings, QuoteModel
from hummingbot_backpack.market_making.models.shape import ModelInputs
from hummingbot_backpack.market_making.models.statistics import Intensity
from hummingbot_backpack.market_making.settings import PERP_MARKET_MAKER, MakerSettings
from hummingbot_backpack.market_making.spot_settings import SPOT_MARKET_MAKER, SpotSettings
from hummingbot_backpack.market_making.values import MarketRule, NetPosition, RestingOrder, Side, Touch
from test.hummingbot_backpack.chinese.collect import SOURCE, is_layout, sentences

D = Decimal
SILENT = re.compile("preflight|settings?$|rows|preview|formulas|statistics|hedge_cost|accounting")
"""Modules of `market_making` whose words end neither in a decision's stages nor in a breaker."""
NOT_SHOWN = {
    # The forms of an order that takes, and what is asked of the exchange: for the log.
    "at market", "slippage protection is off", "every gentler form left a rest", "there is no valid book",
    "the deadline is over", "the market is deep and narrow enough", "the market is PostOnly",
    "‹0›; the market takes limit orders only", "within ‹0› bps of ‹1›",
    "‹0› at ‹1› against a mid of ‹2› deviates ‹3› bps",
    "residual ‹0› of reference ‹1›", "no answer in time", " and ",
}  # fmt: skip
TELLING = ("holding_back", "_is_over", "_cannot_start", "unknown_funds", "_line", "_resting_at_the_exchange")
"""Functions in `trading` whose result is shown."""
NAMES = re.compile(r"`[^`]*`|[a-z]+_\w+|glft|volatility(?=，)")
NAMED = ("PostOnly", "LimitOnly", "CancelOnly", "Closed", "API")
"""What has no other name in Chinese: settings, models, commands, and the exchange's words."""


def english_left(chinese: str) -> list[str]:
    return [word for word in re.findall("[A-Za-z]+", NAMES.sub("", chinese)) if word not in NAMED]


# Collected ------------------------------------------------------------------------------------------------------------


def texts(node: ast.AST) -> Iterator[ast.expr]:
    """Whole strings below a node; docstrings, errors and what is looked up by are none."""
    match node:
        case ast.Raise() | ast.Expr(value=ast.Constant()) | ast.Subscript() | ast.Compare():
            return
        case (
            ast.Call(func=ast.Attribute(attr="pop" | "join"))
            | ast.Call(func=ast.Name(id=("DecisionError" | "getattr")))
        ):
            return
        case ast.JoinedStr() | ast.Constant(value=str()) | ast.BinOp(op=ast.Add()) as text if list(said(text)):
            yield text
        case _:
            for child in ast.iter_child_nodes(node):
                yield from texts(child)


def said(text: ast.expr) -> Iterator[str]:
    for sentence in sentences(text, iter(range(100))):
        if " " in sentence.strip() and any(letter.isalpha() for letter in sentence):
            yield sentence


def collected() -> Iterator[tuple[str, str]]:
    for file in sorted((SOURCE / "market_making").rglob("*.py")):
        if SILENT.search(file.stem):
            continue
        for text in texts(ast.parse(file.read_text(encoding="utf-8"))):
            yield from ((f"{file.stem}:{text.lineno}", sentence) for sentence in said(text))
    for file in sorted((SOURCE / "trading").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for text in shown(node):
                yield from ((f"{file.stem}:{text.lineno}", sentence) for sentence in said(text))


def shown(node: ast.AST) -> Iterator[ast.expr]:
    """What the bot's own parts say of what holds quotes back, of a breaker, and of the end."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() if node.name in TELLING:
            yield from texts(node)
        case ast.Assign(targets=[ast.Attribute(attr="hold" | "ended_by")], value=value):
            yield from texts(value)
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == "reason" or name.startswith("UNTIL"):
            yield from texts(value)
        case ast.Call(func=ast.Attribute(attr="pause"), args=[_, reason]):
            yield from texts(reason)


def test_se03_every_reason_that_the_code_holds_has_its_chinese_with_all_it_names() -> None:
    known = [(place, sentence) for place, sentence in collected() if sentence not in NOT_SHOWN]
    assert len(known) > 110
    missing, dropped = [], []
    for place, sentence in known:
        chinese = in_chinese(sentence)
        if (chinese == sentence and not is_layout(sentence)) or english_left(chinese):
            missing.append(f"{place} {sentence} → {chinese}")
        marks = re.findall("‹[0-9]+›", sentence)
        dropped += [f"{place} {mark} {chinese}" for mark in marks if mark not in chinese]
    assert not missing
    assert not dropped


@pytest.mark.parametrize("words", [Breaker, ExitCause, Phase, Side])
def test_se03_every_name_that_a_reason_is_made_of_has_its_chinese(words: type[Enum]) -> None:
    assert not [word.value for word in words if english_left(in_chinese(word.value))]


def test_se03_a_reason_without_chinese_is_found() -> None:
    assert english_left(in_chinese("the moon is in the way"))
    tree = ast.parse("def f(x):\n    '''Why.'''\n    return f'the moon is {x} away'")
    assert [sentence for text in texts(tree) for sentence in said(text)] == ["the moon is ‹0› away"]


# At random ------------------------------------------------------------------------------------------------------------

RULE = MarketRule(D("0.01"), D("0.01"), D("0.05"), D(5))
TOUCH = Touch(D("99.9"), D("100.1"))
RESTING = RestingOrder("a", Side.SELL, D("100.4"), D("0.3"))
HOLDS = (
    "the stop began", "the session is over", "flatten was asked for", "manual kill switch",
    "the private stream is down", "the hedge market's private stream is down",
    "The exchange refuses this API key (401): it must be the right one, and may trade.",
    "order_amount (0.001) must be at least the market's minimum of 0.01",
)  # fmt: skip
LENT = tuple(
    f"what the account has lent is not known ({asked})" for asked in ("never answered", "last answered 30 s ago")
)


def trips() -> list[str]:
    """What each breaker says that holds quotes back."""
    limits = MoneyLimits(D(5), D(3), D(1))
    money, _ = breakers.judge_money(limits, Result(D(-9), D(-9), D(20000)), Watermark(high=D(1)), 100.0)
    unjudged = breakers.unjudged(limits, Result(None, None, D(0)), 1.0, 2.0, 100.0)
    rejects = breakers.judge_rejects([(99.0, True)] * 20, "maker", 100.0)
    data = breakers.judge_data("book and position not known", 1.0, 2.0, "maker", 100.0)
    asked = [
        breakers.Trip(Breaker.MANUAL, "session", why, 1.0, until)
        for why, until in (
            ("paused by request", breakers.UNTIL_RESUMED),
            ("flattened by request", breakers.UNTIL_RESUMED),
            ("paused in its configuration", "`paused` in the controller's file is false again"),
        )
    ]
    gone = breakers.Trip(
        Breaker.LIQUIDATION,
        "session",
        "the exchange is liquidating the account of backpack_perpetual",
        1.0,
        breakers.UNTIL_REARMED,
    )
    found = [*money, unjudged, rejects, data, gone, *asked]
    assert all(found) and {trip.breaker for trip in found if trip} == set(Breaker)
    return [trip.sentence for trip in found if trip]


def perp(draw: random.Random, held: list[str]) -> dict[str, str]:
    net = draw.choice([D(0), D("0.02"), D("-0.3"), D("2.7"), D(6), D("-6")])
    changes = {
        "stop_loss": draw.choice([None, D(5), D("0.1"), D(9000)]),
        "take_profit": draw.choice([None, D(2)]),
        "stop_at_exchange": draw.random() < 0.5,
        "paused": draw.random() < 0.1,
        "order_amount": draw.choice([D("0.3"), D("0.001"), None]),
        "exit_cooldown": draw.choice([D(0), D(5)]),
        "model": ModelSettings(
            quote_model=draw.choice(list(QuoteModel)),
            risk_aversion=draw.choice([None, D("0.1")]),
            funding_skew=draw.choice([D(0), D(1)]),
        ),
    }
    values = {setting.name: setting.default for setting in PERP_MARKET_MAKER} | {
        "spread_pct": D("0.2"),
        "max_position": D(5),
    }
    seen = step.Observation(
        touch=draw.choice([TOUCH, TOUCH, None]),
        position=draw.choice([NetPosition.exactly(net), NetPosition.exactly(net), None]),
        to_reduce=draw.choice([net, net, None]),
        entry=draw.choice([D(100), D(90), D(110), None]),
        mark=draw.choice([D(100), D("0.5"), D(120), None]),
        equity=draw.choice([D(1000), D(10), None]),
        exposure_left=draw.choice([None, D(0), D(1), D(100)]),
        resting=draw.choice([(), (RESTING,)]),
        closing=draw.random() < 0.2,
        hold=draw.choice([None, None, None, draw.choice(held)]),
        now=100.0,
        any_form=draw.random() < 0.5,
        can_stop=draw.random() < 0.7,
        market=draw.choice([MarketState.OPEN, MarketState.OPEN, *MarketState]),
        model=ModelInputs(draw.choice([None, D("0.0001")]), draw.choice([None, Intensity(D(1), D(1))])),
    )
    state = ExitState(draw.choice([None, None, *ExitCause]), draw.choice([0.0, 0.0, 105.0]))
    return step.decide(seen, replace(MakerSettings.from_values(values), **changes), RULE, state).stages()


def spot(draw: random.Random, held: list[str]) -> dict[str, str]:
    base, quote = draw.choice([D(0), D(3), D("4.6"), D(9)]), draw.choice([D(0), D(1), D(700)])
    values = {setting.name: setting.default for setting in SPOT_MARKET_MAKER} | {"spread_pct": D("0.2")}
    values |= {
        "order_amount": draw.choice([None, D("0.3")]),
        "rebalance": draw.random() < 0.8,
        "inventory_skew": draw.choice([D(0), D("0.01")]),
        "max_slippage_bps": draw.choice([D(50), D("0.1")]),
        "max_market_spread_bps": draw.choice([D(100), D(1)]),
        "paused": draw.random() < 0.1,
    }
    seen = spot_step.SpotSeen(
        touch=draw.choice([TOUCH, TOUCH, TOUCH, None]),
        base=draw.choice([NetPosition.exactly(base), NetPosition.exactly(base), None]),
        quote=NetPosition.exactly(quote),
        settled=draw.choice([Holdings(base, quote), Holdings(base, quote), None]),
        unknown=draw.choice([None, None, None, *LENT]),
        resting=draw.choice([(), (RESTING,)]),
        hold=draw.choice([None, None, None, draw.choice(held)]),
        now=100.0,
        any_form=draw.random() < 0.5,
        taking=draw.random() < 0.1,
        asks=((D("100.1"), D("0.1")),),
        bids=((D("99.9"), draw.choice([D("0.1"), D(50)])),),
    )
    state = spot_step.RebalanceState(draw.choice([None, 98.0]), draw.random() < 0.2)
    return spot_step.decide(seen, SpotSettings.from_values(values), RULE, state).stages()


def hedge_views() -> list[HedgeView]:
    """What the machine of the hedge can say: each state, and each of its reasons as what stops and what alarms."""
    found = [HedgeView(phase, D("0.3"), None, None) for phase in Phase]
    for place, sentence in collected():
        if place.startswith("hedg") and sentence not in NOT_SHOWN:
            why = re.sub("‹[0-9]+›", "1", sentence)
            found += [HedgeView(Phase.OVERDUE, D("0.3"), why, why), HedgeView(Phase.BLIND, None, why, None)]
    return found


VIEWS = hedge_views()


def hedge(draw: random.Random, held: list[str]) -> dict[str, str]:
    values = {setting.name: setting.default for setting in MAKER_TAKER_HEDGE} | {
        "order_amount": draw.choice([D("0.3"), D("0.001")]),
        "paused": draw.random() < 0.1,
    }
    seen = hedge_step.HedgeSeen(
        touch=draw.choice([TOUCH, TOUCH, None]),
        hedge_touch=draw.choice([TOUCH, TOUCH, None]),
        room=draw.choice([Headroom(D(5), D(5)), Headroom(D(5), D(5)), None]),
        hedging=draw.choice(VIEWS),
        resting=draw.choice([(), (RESTING,)]),
        hold=draw.choice([None, None, None, draw.choice(held)]),
        now=100.0,
    )
    return hedge_step.decide(seen, HedgeSettings.from_values(values), RULE).stages()


@pytest.mark.parametrize("kind,least", [(perp, 60), (spot, 40), (hedge, 30)])
def test_se03_no_stage_of_any_decision_leaves_english_behind(kind: object, least: int) -> None:
    draw, held = random.Random(5), [*trips(), *HOLDS]
    told: dict[str, str] = {}
    for _ in range(1500):
        stages = kind(draw, held)  # type: ignore[operator]
        told |= {re.sub(r"[0-9.]+", "0", reason): reason for reason in stages.values()}
    assert len(told) > least, "the draw shows too little"
    left = [f"{reason} → {in_chinese(reason)}" for reason in told.values() if english_left(in_chinese(reason))]
    assert not left


@pytest.mark.parametrize(
    "english,chinese",
    [
        ("drawdown: 10.000000 below the session's high, the limit (max_drawdown) is 3, until re-armed by `hummingbot-"
         "backpack resume --breakers`", "回撤：比会话最高点低 10.000000，限额（max_drawdown）为 3，直到用 `hummingbot-"
         "backpack resume --breakers` 重新启用"),
        ("stop loss done, 0.01 is left, too little to close: 0.01 is below the market's minimum of 0.05",
         "止损完成，剩余 0.01，不足以平仓：0.01 低于市场的最小数量 0.05"),
        ("position 6 exceeds max_position 5: sell 1.00", "仓位 6 超过 max_position 5：卖出 1.00"),
        ("base is 46.00 % of 1000, target 30 ± 15: sell 1.59, again in 58 s",
         "基础资产占 1000 的 46.00 %，目标 30 ± 15：卖出 1.59，58 秒后再试"),
        ("6 quotes of 0.3 (order_amount), glft, volatility 1.000 bps per root second, lean 0.000000",
         "6 个报价，每个 0.3（order_amount），glft，每根号秒波动 1.000 基点，倾斜 0.000000"),
        ("rejects: 20 of the last 20 orders were refused, until it is tried again after 60 s",
         "拒单：最近 20 笔订单中有 20 笔被拒绝，直到 60 秒后重试"),
        ("2 is not hedged after 5 s, of which 1 is under way", "5 秒后仍有 2 未对冲，其中 1 正在执行"),
    ],
)  # fmt: skip
def test_se03_reasons_within_reasons_are_said_in_chinese(english: str, chinese: str) -> None:
    assert in_chinese(english) == chinese
