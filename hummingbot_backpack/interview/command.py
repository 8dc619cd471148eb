"""``hummingbot-backpack setup``."""

import os
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hummingbot_backpack.convert.command import LangOption, NameOption
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.workspace.command import WorkspaceOption

if TYPE_CHECKING:
    from hummingbot_backpack.interview.facts import Facts
    from hummingbot_backpack.interview.interview import Ask
    from hummingbot_backpack.keys.pair import KeyPair
    from hummingbot_backpack.language import Words
    from hummingbot_backpack.market_making.setting import Value
    from hummingbot_backpack.workspace.layout import Workspace

KINDS = {
    "perp": ("PERP", "perp_market_maker"),
    "spot": ("SPOT", "spot_market_maker"),
    "hedge": ("PERP", "maker_taker_hedge"),
}


def setup(
    workspace: WorkspaceOption = None,
    name: NameOption = None,
    lang: LangOption = None,
    answers: Annotated[
        bool, typer.Option("--answers", help="Read the answers as lines from standard input, not a terminal.")
    ] = False,
) -> None:
    """Make a configuration by question and answer: each setting with what it does at the current price.

    With keys in the workspace, sizes and spreads are suggested from the account's value and fees. Nothing is written
    before the last answer.

    \b
    Example:
      hummingbot-backpack setup -w ~/backpack-bot
      hummingbot-backpack setup -w ~/backpack-bot --lang zh
    """
    from hummingbot_backpack.interview.words import SETUP
    from hummingbot_backpack.language import Words, language
    from hummingbot_backpack.workspace.layout import open_workspace

    words = Words(SETUP, language(lang))
    place = open_workspace(workspace)
    if not answers and not sys.stdin.isatty():
        raise UserError(words("no_terminal"))
    _interview(place, words, _reader(answers, words), name)


def _reader(answers: bool, words: "Words") -> "Ask":
    def typed(_name: str, prompt: str) -> str:
        return input(prompt)

    def given(name: str, prompt: str) -> str:
        line = sys.stdin.readline()
        if not line:
            raise UserError(words("answers_end", name=name))
        typer.echo(f"{prompt}{line.rstrip()}")
        return line

    return given if answers else typed


def _interview(place: "Workspace", words: "Words", ask: "Ask", name: str | None) -> None:
    from hummingbot_backpack.convert.mapping import SCRIPT_FILE, Converted
    from hummingbot_backpack.convert.words import CONVERT
    from hummingbot_backpack.convert.write import TABLES, write
    from hummingbot_backpack.interview.advice import first_quotes
    from hummingbot_backpack.interview.interview import Interview
    from hummingbot_backpack.language import Words
    from hummingbot_backpack.workspace.launch import enter

    typer.echo(words("intro"))
    kind = _kind(ask, words)
    market_type, controller_name = KINDS[kind]
    enter(place)
    facts = _facts(place, market_type, ask, words)
    interview = Interview(facts, words, ask, typer.echo, {})
    typer.echo(f"\n== {words('heading_controller')}")
    chosen = interview.settings(TABLES[controller_name])
    prices = first_quotes(facts, interview.values)
    if prices is not None:
        bids, asks = (" ".join(str(price) for price in side) for side in (prices.bids, prices.asks))
        typer.echo("\n" + words("preview", bids=bids, asks=asks))
    typer.echo(f"\n== {words('heading_script')}")
    from hummingbot_backpack.market_making.session_settings import SESSION_SETTINGS

    session = interview.settings(SESSION_SETTINGS)
    controller = {"controller_name": controller_name, **_market(place, kind, facts.pair), **_plain(chosen)}
    script = {"script_file_name": SCRIPT_FILE, "controllers_config": [], **_plain(session)}
    file = f"{facts.pair.replace('-', '_').replace('.', '_').lower()}_{kind}"
    files = write(
        place, Converted(file, {"id": file, **controller}, script, ()), name, "Made by hummingbot-backpack setup."
    )
    texts = Words(CONVERT, words.language)
    for path in files:
        typer.echo(texts("written", file=path))
    typer.echo(texts("start", command=f"{place.root / 'hbot'} start {files[0].name}"))


def _kind(ask: "Ask", words: "Words") -> str:
    while True:
        answer = ask("kind", f"{words('kind')} [perp]: ").strip().lower() or "perp"
        if answer in KINDS:
            return answer
        typer.echo(words("kind_wrong", value=answer))


def _facts(place: "Workspace", market_type: str, ask: "Ask", words: "Words") -> "Facts":
    from hummingbot_backpack.interview.facts import gather, open_markets
    from hummingbot_backpack.workspace.exchange import Refused, Unreachable

    url = place.settings.exchange_url
    try:
        markets = open_markets(place, market_type)
        examples = [pair for pair in ("SOL-USDC", "BTC-USDC", "ETH-USDC") if pair in markets] or sorted(markets)[:3]
        while True:
            pair = ask("market", f"{words('market')} [{examples[0]}]: ").strip().upper() or examples[0]
            if pair in markets:
                break
            typer.echo(words("market_wrong", value=pair, examples=", ".join(examples)))
        facts = gather(place, pair, markets[pair], _keys(place))
    except (Unreachable, Refused) as error:
        start = words("start_simulator" if place.rehearsal else "try_later")
        raise UserError(words("no_answer", url=url, why=error, start=start)) from None
    shown = {
        "bid": facts.touch.bid if facts.touch else words("not_known"),
        "ask": facts.touch.ask if facts.touch else words("not_known"),
        "volatility": words("not_known") if facts.volatility_pct is None else f"{facts.volatility_pct:.2f} %",
        "equity": words("not_known") if facts.equity is None else f"{facts.equity:.2f} {facts.quote}",
    }
    typer.echo(words("facts", pair=pair, maker=facts.maker_bps, taker=facts.taker_bps, **shown))
    return facts


def _keys(place: "Workspace") -> "KeyPair | None":
    """The stored pair, where there is one and the password is at hand: without it suggestions know less, no more."""
    from hummingbot_backpack.keys.password import VARIABLES, ask_password
    from hummingbot_backpack.keys.store import Keystore

    names = [name for name in place.connector_names if place.key_file(name).exists()]
    if not names or not (sys.stdin.isatty() or any(os.environ.get(variable) for variable in VARIABLES)):
        return None
    return Keystore(place, ask_password(False, new=False)).read(names[0])


def _market(place: "Workspace", kind: str, pair: str) -> dict[str, Any]:
    spot, perpetual = place.connector_names
    if kind == "hedge":
        market = f"{perpetual}:{pair}"
        return {"controller_type": "generic", "maker_market": market, "hedge_market": market}
    connector = spot if kind == "spot" else perpetual
    return {"controller_type": "market_making", "connector_name": connector, "trading_pair": pair}


def _plain(values: "dict[str, Value]") -> dict[str, Any]:
    """As they stand in YAML."""

    def one(value: "Value") -> Any:
        if not isinstance(value, Decimal):
            return value
        return int(value) if value == value.to_integral_value() else float(value)

    return {name: one(value) for name, value in values.items()}
