"""English and Chinese: which of them, and sentences by name in both."""

import locale
import os
from collections.abc import Mapping, Sequence
from itertools import pairwise

from hummingbot_backpack.errors import UserError

LANGUAGES = ("en", "zh")


class Words:
    """Sentences by name in one language.

    :param texts: name → (English, Chinese), with ``{fields}``
    """

    def __init__(self, texts: Mapping[str, tuple[str, str]], language: str) -> None:
        self._texts = texts
        self.language = language
        self._index = LANGUAGES.index(language)

    def __call__(self, name: str, /, **fields: object) -> str:
        return self._texts[name][self._index].format(**fields)


_for_all: str | None = None
"""What was said before the command."""


def choose(wanted: str | None) -> None:
    """Let every command speak `wanted` that is not told another language; None: the locale's.

    :raises UserError: neither en nor zh
    """
    global _for_all
    _for_all = None
    _for_all = None if wanted is None else language(wanted)


def language(wanted: str | None = None) -> str:
    """:param wanted: as the command's own `--lang` says; None: as the one before the command does, else the locale.

    :raises UserError: neither en nor zh
    """
    if wanted is not None:
        if wanted not in LANGUAGES:
            raise UserError(f"--lang ({wanted}) must be en or zh.")
        return wanted
    if _for_all is not None:
        return _for_all
    named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh" if (named or locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"


def asked_for(arguments: Sequence[str]) -> str:
    """:return: the language to complain in: whatever is wrong with `arguments`, the last `--lang` among them counts"""
    ours = list(arguments[: arguments.index("--")] if "--" in arguments else arguments)
    said = [value for option, value in pairwise(ours) if option == "--lang"]
    said += [value for option, _, value in (one.partition("=") for one in ours) if option == "--lang"]
    return next((value for value in reversed(said) if value in LANGUAGES), None) or language()


def spoken(sentence: str, chosen: str | None = None) -> str:
    """:return: one of our English sentences as the user reads it, in `chosen` or else in :func:`language`"""
    if (chosen or language()) == "en":
        return sentence
    from hummingbot_backpack.chinese import in_chinese

    return in_chinese(sentence)
