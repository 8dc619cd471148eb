"""What a controller says in the log of its decisions."""

from hummingbot_backpack.market_making.closing import CloseOrder
from hummingbot_backpack.market_making.stages import Outcome


def close_line(close: CloseOrder, words: str) -> str:
    """A line for an order that takes.

    :param words: what such an order is, beside its side and size
    """
    form = close.form
    how = "post only" if form.post_only else form.step.name.lower().replace("_", " ")
    at = "" if form.price is None else f" at {form.price}"
    return f"{close.side.value} {close.size}{words}, {how}{at} ({form.reason}): {close.reason}."


def quoting_line(decision: Outcome, previous: Outcome | None) -> str | None:
    """A line when quoting begins, stops or resumes; None while it goes on as it was."""
    quotes = bool(decision.quoting.quotes)
    if previous is not None and bool(previous.quoting.quotes) == quotes:
        return None
    return f"{'quoting' if quotes else 'not quoting'}: {decision.quoting.reason}."
