"""English and Chinese: which of them, and sentences by name in both."""

import locale
import os
from collections.abc import Mapping

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


def language(wanted: str | None) -> str:
    """:param wanted: as `--lang` says; None: as the locale does. :raises UserError: neither en nor zh."""
    if wanted is not None:
        if wanted not in LANGUAGES:
            raise UserError(f"--lang ({wanted}) must be en or zh.")
        return wanted
    named = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh" if (named or locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"
