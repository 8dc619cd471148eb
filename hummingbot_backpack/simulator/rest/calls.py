"""One REST call on its way through: parsed parameters in, an answer out."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from hummingbot_backpack.simulator.accounts import Account
from hummingbot_backpack.simulator.errors import unparsable_parameter

if TYPE_CHECKING:
    from hummingbot_backpack.simulator.exchange import Exchange


@dataclass(slots=True)
class Answer:
    """Status, body and headers of a reply. `body` None is an empty one."""

    body: bytes | None
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


def as_json(value: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(orjson.dumps(value), status, headers={name.replace("_", "-"): text for name, text in headers.items()})


def as_text(text: str, status: int = 200) -> Answer:
    return Answer(text.encode(), status, "text/plain; charset=utf-8")


def cached(answer: Answer, how: str) -> Answer:
    answer.headers["Cache-Control"] = how
    return answer


@dataclass(slots=True)
class Call:
    """A call to one endpoint. `params` are the query's, `repeated` all values of each, `body` the parsed JSON."""

    exchange: "Exchange"
    params: Mapping[str, str]
    repeated: Mapping[str, list[str]]
    body: Any = None
    signer: Account | None = None

    @property
    def account(self) -> Account:
        """The account that signed; only signed routes ask."""
        assert self.signer is not None
        return self.signer

    def required(self, name: str) -> str:
        value = self.params.get(name)
        if value is None:
            raise unparsable_parameter(name, "string", 'Type "string" expects an input value.')
        return value

    def choice(self, name: str, kind: str, allowed: tuple[str, ...], default: str | None = None) -> str | None:
        """An enumeration parameter; the exchange answers a wrong value in plain text."""
        value = self.params.get(name)
        if value is None:
            return default
        if value not in allowed:
            raise unparsable_parameter(name, kind, "Expect a valid enumeration value.")
        return value

    def integer(self, name: str, default: int | None, low: int, high: int) -> int | None:
        value = self.params.get(name)
        if value is None:
            return default
        digits = value.removeprefix("-")
        if not digits.isascii() or not digits.isdigit() or len(digits) > 20:
            raise unparsable_parameter(name, "integer", "invalid digit found in string")
        number = int(value)
        if not low <= number <= high:
            raise unparsable_parameter(name, "integer", f"must be between {low} and {high}")
        return number

    def boolean(self, name: str) -> bool | None:
        value = self.choice(name, "boolean", ("true", "false"))
        return None if value is None else value == "true"


Handler = Callable[[Call], Awaitable[Answer] | Answer]


@dataclass(slots=True, frozen=True)
class Route:
    """A handler; `instruction` names the signature it needs, `historical` puts it under the tighter rate limit."""

    handler: Handler
    instruction: str | None = None
    historical: bool = False
    changes: bool = False
    """A call that changes something: refused to read-only keys."""


Routes = dict[tuple[str, str], Route]
