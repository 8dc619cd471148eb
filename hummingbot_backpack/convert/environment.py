"""What a classic bot's ``.env`` says, as far as a conversion cares."""

from pathlib import Path

from hummingbot_backpack.convert.classic import ENV_NAMES
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.keys.source import parse_env
from hummingbot_backpack.language import Words


def read_env_file(file: Path, words: Words) -> dict[str, str]:
    """:return: the known names that are set. :raises UserError: the file cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise UserError(words("env_unreadable", value=file)) from None
    return {name: value for name, value in parse_env(text).items() if name in ENV_NAMES and value}
