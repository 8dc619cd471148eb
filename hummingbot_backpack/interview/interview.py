"""Asking for settings one after the other; where the answers come from and where the questions go is the caller's."""

from collections.abc import Callable
from dataclasses import dataclass

from hummingbot_backpack.interview.advice import effect, suggest
from hummingbot_backpack.interview.facts import Facts
from hummingbot_backpack.interview.words import refusal, sentence, unit
from hummingbot_backpack.language import Words, spoken
from hummingbot_backpack.market_making.errors import SettingError
from hummingbot_backpack.market_making.setting import Kind, Setting, Value
from hummingbot_backpack.market_making.settings import check_against_market, check_together

SUGGESTION, DEFAULTS, AGAIN = "s", "!", "?"
NOT_ASKED = ("connector_name", "trading_pair", "maker_market", "hedge_market", "paused")
"""Known before, or nobody's wish at the start."""

Ask = Callable[[str, str], str]
"""Name of the setting and prompt in, answer out."""
Say = Callable[[str], None]


@dataclass
class Interview:
    """:param values: the answers so far by name, the defaults among them"""

    facts: Facts
    words: Words
    ask: Ask
    say: Say
    values: dict[str, Value]
    hurried: bool = False

    def settings(self, table: tuple[Setting, ...]) -> dict[str, Value]:
        """Ask for each row of a table.

        :return: what differs from the default, by name
        """
        chosen: dict[str, Value] = {}
        for setting in table:
            if setting.name in NOT_ASKED:
                continue
            value = self._setting(setting)
            self.values[setting.name] = value
            if setting.required or value != setting.default:
                chosen[setting.name] = value
        return chosen

    def _setting(self, setting: Setting) -> Value:
        suggestion = suggest(setting.name, self.facts, self.values, self.words)
        fallback = suggestion.value if setting.required and suggestion is not None else None
        if self.hurried and (fallback is not None or not setting.required):
            return setting.parse(fallback)
        self._explain(setting)
        while True:
            answer = self.ask(setting.name, self._prompt(setting, fallback)).strip()
            if answer == AGAIN:
                self._explain(setting)
                continue
            if answer == DEFAULTS:
                self.hurried = True
                answer = ""
            if answer.lower() == SUGGESTION and suggestion is not None:
                answer = suggestion.value
            try:
                value = self._checked(setting, answer or fallback)
            except SettingError as error:
                self.say(str(error))
                continue
            if value != setting.default:
                self._tell_effect(setting, value)
            return value

    def _checked(self, setting: Setting, answer: str | None) -> Value:
        """:raises SettingError: with a sentence in the language of the interview"""
        try:
            value = setting.parse(answer)
        except SettingError:
            raise SettingError(refusal(setting, answer or self.words("none"), self.words)) from None
        try:
            check_together({**self.values, setting.name: value})
            check_against_market({setting.name: value}, self.facts.rule)
        except SettingError as error:
            raise SettingError(spoken(f"{error}.", self.words.language)) from None
        return value

    def _explain(self, setting: Setting) -> None:
        measure = f" ({unit(setting, self.words)})" if setting.unit else ""
        self.say(f"\n{setting.name}{measure}: {sentence(setting, self.words)}")
        if setting.choices:
            self.say(f"  {' | '.join(setting.choices)}")
        suggestion = suggest(setting.name, self.facts, self.values, self.words)
        if suggestion is not None:
            self.say("  " + self.words("suggestion", value=suggestion.value, why=suggestion.why))
        if not setting.required:
            self._tell_effect(setting, setting.default)

    def _tell_effect(self, setting: Setting, value: Value) -> None:
        told = effect(setting.name, value, self.facts, self.values, self.words)
        if told is not None:
            self.say("  " + self.words("now", effect=told))

    def _prompt(self, setting: Setting, fallback: str | None) -> str:
        if fallback is not None:
            shown = fallback
        elif setting.required:
            shown = self.words("required")
        elif setting.kind is Kind.SWITCH:
            shown = self.words("on" if setting.default else "off")
        else:
            shown = self.words("none") if setting.default is None else str(setting.default)
        return f"{setting.name} [{shown}]: "
