"""What the connectors of the installed Hummingbot send to be told apart: read from their files, nothing is imported."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from hummingbot_backpack import import_hook
from hummingbot_backpack.doctor.report import Finding, fail, ok, warn
from hummingbot_backpack.errors import UserError
from hummingbot_backpack.workspace.links import installed_hummingbot

_NAMES = (
    r"\w*BROKER_ID|API_CODE|REFERRAL_CODE|\w*PARTNER_ID|\w*SOURCE_TAG_ID|\w*BUILDER_ADDRESS|"
    r"(?:HBOT|HB|CLIENT)_\w*ID_PREFIX|HBOT_ORDER_ID"
)
_CONSTANT = re.compile(rf"^({_NAMES})\s*=\s*([\"'].*?[\"']|\d+)", re.MULTILINE)
_USE = re.compile(r"\.([A-Z][A-Z_]+)\b")
_PREFIX = "client_order_id_prefix"
_LITERAL_PREFIX = re.compile(
    rf"def {_PREFIX}\(.*\).*:\n(?:\s*\"\"\".*\"\"\"\n)?\s*return ([\"'][^\"']+[\"'])\s*$", re.MULTILINE
)


def sent_by_connectors(package: Path) -> dict[str, dict[str, str]]:
    """Find the ids that connectors use, whatever they call them. A constant that nothing refers to is not sent.

    :param package: the folder of the installed ``hummingbot`` package.
    :return: for each connector that sends something the names and values.
    """
    texts: dict[Path, dict[str, str]] = defaultdict(dict)
    for file in sorted(package.glob("connector/*/*/*.py")):
        texts[file.parent][file.stem] = file.read_text(encoding="utf-8", errors="replace")
    constants = {
        stem: {name: str(ast.literal_eval(value)) for name, value in _CONSTANT.findall(text)}
        for files in texts.values()
        for stem, text in files.items()
        if "constants" in stem
    }
    return {folder.name: found for folder, files in texts.items() if (found := dict(_used(files, constants)))}


def _used(files: dict[str, str], constants: dict[str, dict[str, str]]) -> Iterator[tuple[str, str]]:
    text = "\n".join(files.values())
    # A perpetual connector may take the constants of the spot one; its own come last, and win.
    known: dict[str, str] = {}
    for stem in sorted(constants, key=lambda stem: stem in files):
        if stem in files or stem in text:
            known |= constants[stem]
    for name in sorted(known.keys() & set(_USE.findall(text))):
        if known[name]:
            yield name, known[name]
    for literal in _LITERAL_PREFIX.findall(text):
        yield _PREFIX, str(ast.literal_eval(literal))


def blankable() -> set[str]:
    """:return: the connectors whose ids ``HUMMINGBOT_BROKER_IDS=off`` takes away."""
    return {module.split(".")[-2] for module in import_hook.BROKER_IDS}


def check_broker_ids(setting: str) -> Finding:
    """List what other connectors than ours send.

    :param setting: the value of ``HUMMINGBOT_BROKER_IDS`` that a bot here would have.
    """
    try:
        package = installed_hummingbot()
    except UserError:
        return fail("broker ids", "Hummingbot is not installed")
    live = import_hook.enabled()
    ours = {name.rpartition(".")[2] for name in import_hook.served_packages()} if live else set()
    sent = {name: ids for name, ids in sent_by_connectors(package).items() if name not in ours}
    blanked = sorted(blankable() & set(sent)) if live and import_hook.says_off(setting) else []
    for name in blanked:
        for constant in import_hook.BROKER_IDS.values():
            sent[name].pop(constant, None)
    by_value: dict[str, list[str]] = defaultdict(list)
    for name, ids in sent.items():
        for value in sorted(set(ids.values())):
            by_value[value].append(name)
    listed = "; ".join(f"{value} by {', '.join(names)}" for value, names in sorted(by_value.items()))
    detail = (
        f"ours send none unless broker_id is set; {import_hook.BROKER_SWITCH} ({setting} here)"
        f" {'blanks those of ' + ', '.join(blanked) if blanked else 'blanks none'}; others are sent: {listed}"
    )
    data = {"setting": setting, "blanked": blanked, "connectors": {name: ids for name, ids in sent.items() if ids}}
    if not import_hook.says_off(setting) and setting.strip().lower() not in ("", "keep"):
        return warn("broker ids", f"{import_hook.BROKER_SWITCH} ({setting}) must be off or keep; {detail}", **data)
    return ok("broker ids", detail, **data)
