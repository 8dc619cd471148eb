"""docs/configuration.md: every setting, from the tables that check them."""

import ast
import dataclasses
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from hummingbot_backpack.market_making.hedge_settings import MAKER_TAKER_HEDGE
from hummingbot_backpack.market_making.setting import Kind, Setting
from hummingbot_backpack.market_making.settings import PERP_MARKET_MAKER
from hummingbot_backpack.market_making.spot_settings import SPOT_MARKET_MAKER

HEAD = """\
# Configuration

Made from the code by `make docs`: names, bounds and defaults are those of the tables that check what you write. A value that is not
acceptable is one sentence that names the setting, the value and what it must be; an unknown name is answered with the nearest known one.

| file in the workspace | what it sets |
|---|---|
| `conf/controllers/NAME.yml` | one controller: a market, its quotes, limits and exits |
| `conf/scripts/NAME.yml` | one bot: which controllers, for how long, what happens at the end; `./hbot start NAME.yml` |
| `conf/backpack.yml` | the workspace: instance, connectors, alerts |
| `conf/connectors/*.yml` | encrypted keys: written by `hummingbot-backpack keys`, never by hand |

*Live* settings of a running bot are taken over from the file within ten seconds; the others at the next start. *none* as default means
that the setting may be absent (or `null`).

"""

TABLES = (
    ("Perpetual market maker", "market_making", "perp_market_maker", PERP_MARKET_MAKER),
    ("Spot market maker", "market_making", "spot_market_maker", SPOT_MARKET_MAKER),
    ("Maker-taker hedge", "generic", "maker_taker_hedge", MAKER_TAKER_HEDGE),
)

COMMON = """\
Beside these every controller has Hummingbot's own `id` (a text that no other controller of the bot has), `controller_type`
(`{kind}`), `controller_name` (`{name}`) and `manual_kill_switch` (live; true withdraws its quotes).

"""

VARIABLES = {
    "BACKPACK_WORKSPACE": "the workspace of a command without `--workspace`; else the current folder",
    "BACKPACK_KEY": "with `keys import`, `keys rotate --import`: the public key (base64)",
    "BACKPACK_SECRET": "with `keys import`, `keys rotate --import`: the secret (base64); keep it out of shell history",
    "BACKPACK_PROXY_WEBSOCKET": "a proxy for the streams alone, `http://user:password@host:port`; else what HTTPS_PROXY says",
    "BACKPACK_SIMULATOR_URL": "where the local Backpack listens, over `simulator_url`",
    "HBOT_PASSWORD": "the keystore's password; without it commands ask",
    "MASTER_PASSWORD": "the keystore's password, under the name that other bots use",
    "CONFIG_PASSWORD": "the keystore's password, under the name that Hummingbot's client uses",
    "HUMMINGBOT_BACKPACK": "`off`: Hummingbot's bundled connectors instead of ours",
    "HUMMINGBOT_BROKER_IDS": "`off` (what our commands set unless you did): other connectors of Hummingbot send no broker id;"
    " `keep`: they do",
    "HBOT_BROKER_ID": "",
    "DEMO": "`make demo`: perp, spot or hedge",
    "DEMO_SECONDS": "`make demo`: how long the bot trades",
    "DEMO_FLOW": "`make demo`: a recording of trades to drive the market with",
    "DEMO_SPEED": "`make demo`: how many times faster the market runs",
    "PIP_CACHE_DIR": "`make`: where pip keeps downloads; else inside the checkout",
}
"""What each variable is for; empty: a name that only looks like one."""

OTHERS = {
    "HTTPS_PROXY": "proxy of REST calls, and of the streams unless they have one of their own (`NO_PROXY` is heeded)",
    "LC_ALL, LC_MESSAGES, LANG": "language of what commands say, without `--lang`: English or Chinese",
    "NO_COLOR": "no colours in what commands print",
}
_NAME = re.compile(r"(?:BACKPACK|HUMMINGBOT|HBOT|DEMO|MASTER|CONFIG)_[A-Z_]*[A-Z]|DEMO|PIP_CACHE_DIR")


def page(root: Path) -> str:
    """:return: the page's text
    :raises KeyError: the code reads an environment variable of which nothing is said here
    """
    from hummingbot_backpack.market_making.session_settings import SESSION_SETTINGS

    parts = [HEAD]
    for title, kind, name, table in TABLES:
        parts.append(f"## {title}\n\n`conf/controllers/*.yml`, `controller_name: {name}`.\n\n")
        parts.append(COMMON.format(kind=kind, name=name))
        parts.append(_table(table, live=True))
    parts.append("## Script\n\n`conf/scripts/*.yml`, `script_file_name: backpack_market_making.py`.\n\n")
    parts.append("`controllers_config` lists the files in `conf/controllers`; no market may be in two of them.\n\n")
    parts.append(_table(SESSION_SETTINGS, live=False))
    parts.append(
        "A bot that was started with a controller's file alone (`./hbot start sol_perp_maker.yml`, script"
        " `v2_with_controllers.py`) has Hummingbot's two: `max_global_drawdown_quote` and"
        " `max_controller_drawdown_quote`, the losses in quote at which all controllers, or one, stop.\n\n"
    )
    parts.extend(_workspace())
    parts.extend(_environment(root))
    return "".join(parts).rstrip() + "\n"


def _table(table: tuple[Setting, ...], live: bool) -> str:
    head = "| setting | unit | must | default |" + (" live |" if live else "") + " what it does |\n"
    return (
        head
        + "|---|---|---|---|"
        + ("---|" if live else "")
        + "---|\n"
        + "".join(_row(row, live) for row in table)
        + "\n"
    )


def _row(row: Setting, live: bool) -> str:
    default = "**required**" if row.required else _shown(row.default)
    must = row.demand + ("; a sign is dropped" if row.magnitude else "")
    if row.kind is Kind.TEXT and row.choices:
        must = "be one of " + ", ".join(f"`{choice}`" for choice in row.choices)
    moves = (" yes |" if row.live else " no |") if live else ""
    return f"| `{row.name}` | {row.unit} | {must} | {default} |{moves} {row.sentence} |\n"


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value:f}`" if isinstance(value, Decimal) else f"`{value}`"


def _workspace() -> Iterator[str]:
    from hummingbot.connector.exchange.backpack.backpack_settings import BackpackSettings

    from hummingbot_backpack.alerts.settings import AlertSettings

    yield "## Workspace\n\n`conf/backpack.yml`. The environment variable beside a setting wins over the file.\n\n"
    yield "| setting | variable | default | what it does |\n|---|---|---|---|\n"
    for settings in (BackpackSettings, AlertSettings):
        said = _params(settings.__doc__ or "")
        for field in dataclasses.fields(settings):
            sentence = said[field.name]
            yield (
                f"| `{field.name}` | `BACKPACK_{field.name.upper()}` | {_shown(field.default)} |"
                f" {sentence[0].upper()}{sentence[1:]}. |\n"
            )
    yield (
        "\nSecrets among them (`alert_webhook_token`, `alert_telegram_token`) are better kept in the environment. Without"
        " `instance` one is drawn, and kept; `rehearsal` and `simulator_url` are written by `init --simulator`.\n\n"
    )


def _params(docstring: str) -> dict[str, str]:
    found = re.findall(r":param (\w+): (.+?)(?=\n\s*:|\Z)", docstring, re.DOTALL)
    return {name: " ".join(text.split()).replace("``", "`") for name, text in found}


def _environment(root: Path) -> Iterator[str]:
    yield "## Environment\n\n| variable | what it is for |\n|---|---|\n"
    for name in sorted(_read_by_the_code(root)):
        if VARIABLES[name]:
            yield f"| `{name}` | {VARIABLES[name]} |\n"
    for name, text in OTHERS.items():
        yield f"| `{name}` | {text} |\n"


def _read_by_the_code(root: Path) -> set[str]:
    names = set()
    for folder in ("hummingbot_backpack", "hummingbot", "scripts", "controllers", "tools"):
        for file in (root / folder).rglob("*.py"):
            if "docs_from_code" in file.parts:
                continue
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and _NAME.fullmatch(node.value):
                    names.add(node.value)
    return names
