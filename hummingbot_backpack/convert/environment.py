"""What a classic bot's ``.env`` says, as far as a conversion cares."""

from pathlib import Path

from hummingbot_backpack.convert.classic import ENV_NAMES
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.language import Words


def read_env_file(file: Path, words: Words) -> dict[str, str]:
    """:return: the known names that are set. :raises UserError: the file cannot be read."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise UserError(words("env_unreadable", value=file)) from None
    values: dict[str, str] = {}
    for line in lines:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#") and name.strip() in ENV_NAMES:
            # A comment may follow after a space, as in the classic example file.
            values[name.strip()] = value.strip().split(" ", 1)[0].strip("'\"")
    return {name: value for name, value in values.items() if value}
