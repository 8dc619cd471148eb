"""``hummingbot-backpack keys``."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hummingbot_backpack.workspace.command import WorkspaceOption

if TYPE_CHECKING:
    from hummingbot_backpack.keys.store import Keystore
    from hummingbot_backpack.workspace.layout import Workspace

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Keep API keys in Hummingbot's encrypted store, one pair for spot and perpetuals.\n\n"
    "The password comes from HBOT_PASSWORD (or MASTER_PASSWORD), --password-stdin or a prompt, never an argument.\n\n"
    "\b\nExample:\n  hummingbot-backpack keys import -w ~/backpack-bot\n  hummingbot-backpack keys new -w ~/rehearsal",
)

PasswordOption = Annotated[
    bool, typer.Option("--password-stdin", help="Read the keystore's password from the first line of standard input.")
]
SimulatorOption = Annotated[
    bool,
    typer.Option("--simulator", help="Under the names of the local Backpack (for rehearsal: always)."),
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Put simulated keys beside live ones (Hummingbot without us then cannot start).")
]
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Put the pair in place of the one that is there.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def _names(workspace: "Workspace", simulator: bool, force: bool) -> tuple[str, ...]:
    """:return: the connector names to store under."""
    from hummingbot_backpack.workspace.layout import SIMULATOR_CONNECTORS

    if not simulator or workspace.rehearsal:
        return workspace.connector_names
    _refuse_simulated(workspace, SIMULATOR_CONNECTORS, force)
    return workspace.connector_names + SIMULATOR_CONNECTORS


def _refuse_simulated(workspace: "Workspace", names: Iterable[str], force: bool) -> None:
    """:raises UserError: simulated keys would come beside live ones, and nobody insists."""
    from hummingbot_backpack.errors import UserError
    from hummingbot_backpack.workspace.layout import SIMULATOR_CONNECTORS

    if not force and not workspace.rehearsal and any(name in SIMULATOR_CONNECTORS for name in names):
        raise UserError(
            f"{workspace.root} is a workspace for live trading, and Hummingbot without hummingbot-backpack cannot start"
            " beside keys of the local Backpack: use a workspace made with `init --simulator`, or insist with --force."
        )


def _open(workspace: "Workspace", password_stdin: bool) -> "Keystore":
    """Enter the workspace and open its store."""
    from hummingbot_backpack.keys.password import ask_password
    from hummingbot_backpack.keys.store import Keystore, verification_file
    from hummingbot_backpack.workspace.launch import enter

    password = ask_password(password_stdin, new=not verification_file(workspace).exists())
    enter(workspace)
    return Keystore(workspace, password)


def _say(record: dict[str, Any], text: str, as_json: bool) -> None:
    typer.echo(json.dumps(record) if as_json else text)


@app.command()
def new(
    workspace: WorkspaceOption = None,
    simulator: SimulatorOption = False,
    replace: ReplaceOption = False,
    force: ForceOption = False,
    password_stdin: PasswordOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make an Ed25519 pair, store it encrypted, and print what the exchange wants: its public half.

    \b
    Example:
      hummingbot-backpack keys new -w ~/rehearsal
    """
    from hummingbot_backpack.keys.pair import new_pair
    from hummingbot_backpack.workspace.layout import open_workspace

    place = open_workspace(workspace)
    names = _names(place, simulator, force)
    pair = new_pair()
    _open(place, password_stdin).store(names, pair, replace)
    after = (
        "" if place.rehearsal else "\nEnter this key at Backpack (Settings, API Keys): the bot can trade from then on."
    )
    _say({"public_key": pair.public, "connectors": list(names)}, f"{pair.public}{after}", as_json)


@app.command("import")
def import_pair(
    workspace: WorkspaceOption = None,
    env_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file with BACKPACK_KEY= and BACKPACK_SECRET= lines.")
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Do not prove the pair at the exchange.")] = False,
    wipe: Annotated[
        bool | None,
        typer.Option("--wipe/--keep", help="Take the plain lines out of the file, or leave them; else asks."),
    ] = None,
    simulator: SimulatorOption = False,
    replace: ReplaceOption = False,
    force: ForceOption = False,
    password_stdin: PasswordOption = False,
    as_json: JsonOption = False,
) -> None:
    """Take a pair from BACKPACK_KEY and BACKPACK_SECRET (environment, or a .env file), prove it, store it encrypted.

    The pair must belong together, and the exchange that the workspace points to must accept a signed read.

    \b
    Example:
      hummingbot-backpack keys import -w ~/backpack-bot --env-file ~/old-bot/.env --wipe
    """
    from hummingbot_backpack.keys.pair import check_pair
    from hummingbot_backpack.keys.proof import prove
    from hummingbot_backpack.keys.source import find_plain_pair
    from hummingbot_backpack.keys.source import wipe as wipe_file
    from hummingbot_backpack.workspace.layout import open_workspace

    place = open_workspace(workspace)
    names = _names(place, simulator, force)
    plain = find_plain_pair(env_file)
    pair = check_pair(plain.public, plain.secret)
    store = _open(place, password_stdin)
    if not offline:
        prove(place, pair)
    store.store(names, pair, replace)
    wiped = False
    if plain.file is not None:
        if wipe is None and sys.stdin.isatty() and not password_stdin:
            wipe = typer.confirm(f"Take the plain key and secret out of {plain.file}?", default=True)
        if wipe:
            wipe_file(plain.file)
            wiped = True
    proven = "unproven" if offline else f"proven at {place.settings.exchange_url}"
    text = f"{pair.public} is stored for {' and '.join(names)}, {proven}."
    if plain.file is not None:
        text += f"\nThe plain lines {'are gone from' if wiped else 'still stand in'} {plain.file}."
    record = {"public_key": pair.public, "connectors": list(names), "proven": not offline, "wiped": wiped}
    _say(record, text, as_json)


@app.command()
def rotate(
    workspace: WorkspaceOption = None,
    from_environment: Annotated[
        bool, typer.Option("--import", help="The new pair is in BACKPACK_KEY and BACKPACK_SECRET, or in --env-file.")
    ] = False,
    env_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file with BACKPACK_KEY= and BACKPACK_SECRET= lines.")
    ] = None,
    wait: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="Ask the exchange this long whether it takes the new key.")
    ] = 0.0,
    restart: Annotated[bool, typer.Option("--restart", help="Drop a rotation that has begun, and begin anew.")] = False,
    password_stdin: PasswordOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put a new pair in place of the stored one, without stopping the bot.

    The first run makes a pair and prints its public half, which you enter at Backpack (Settings, API Keys). The second
    proves that the exchange takes it for the same account, stores it, and has the running bot work with it; only then
    is the old pair deleted here. Exit code 3: the exchange does not take the new key yet; nothing has changed.

    \b
    Example:
      hummingbot-backpack keys rotate -w ~/backpack-bot
      hummingbot-backpack keys rotate -w ~/backpack-bot --wait 300
    """
    from hummingbot_backpack.errors import UserError
    from hummingbot_backpack.keys import rotation
    from hummingbot_backpack.keys.pair import check_pair
    from hummingbot_backpack.keys.source import find_plain_pair
    from hummingbot_backpack.operate.requests import is_attended
    from hummingbot_backpack.panic import bot
    from hummingbot_backpack.workspace.layout import open_workspace

    def say(line: str) -> None:
        typer.echo(line, err=as_json)

    place = open_workspace(workspace)
    given = None
    if from_environment or env_file is not None:
        plain = find_plain_pair(env_file)
        given = check_pair(plain.public, plain.secret)
    store = _open(place, password_stdin)
    attended = is_attended(place.root)
    if bot.running(place) and not attended:
        raise UserError(
            f"The bot that runs in {place.root} takes no requests (its script is not ours): stop it before its keys are"
            " replaced."
        )
    names = tuple(name for name in place.connector_names if place.key_file(name).exists())
    begun = rotation.begin(place, store, names, given, restart)
    say(f"New key: {begun.new.public}")
    if place.rehearsal:
        rotation.enter_at_local_backpack(begun, say)
    if not begun.accepted(wait, say):
        say("Enter it at Backpack (Settings, API Keys), with the rights of the old one, and run this command again.")
        if as_json:
            _say({"public_key": begun.new.public, "state": "begun"}, "", as_json)
        raise typer.Exit(3)
    rotation.replace(begun, attended, say)
    what = "the running bot works with it" if attended else "no bot runs"
    text = f"It is stored for {' and '.join(names)}, and {what}. Revoke the old key at Backpack: {begun.old.public}"
    record = {"public_key": begun.new.public, "old_public_key": begun.old.public, "state": "over", "bot": attended}
    _say(record, text, as_json)


@app.command("backup")
def back_up(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")],
    workspace: WorkspaceOption = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write over FILE.")] = False,
    password_stdin: PasswordOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put the stored keys, encrypted as they are, into one file; the keystore's password opens it again.

    \b
    Example:
      hummingbot-backpack keys backup ~/safe/backpack.keys -w ~/backpack-bot
    """
    from hummingbot_backpack.keys.copies import write_copy
    from hummingbot_backpack.workspace.layout import open_workspace

    place = open_workspace(workspace)
    # Entering the workspace changes the folder that a relative path is meant from.
    file = file.expanduser().absolute()
    names = write_copy(place, _open(place, password_stdin), file, replace)
    record = {"file": str(file), "connectors": list(names)}
    _say(record, f"{file} holds the keys of {' and '.join(names)}, encrypted with the keystore's password.", as_json)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `keys backup` wrote.")],
    workspace: WorkspaceOption = None,
    replace: ReplaceOption = False,
    force: ForceOption = False,
    password_stdin: PasswordOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put keys from a backup into the store. It asks before it puts one in the place of another.

    \b
    Example:
      hummingbot-backpack keys restore ~/safe/backpack.keys -w ~/backpack-bot
    """
    from hummingbot_backpack.keys.copies import read_copy
    from hummingbot_backpack.keys.password import ask_password
    from hummingbot_backpack.workspace.launch import enter
    from hummingbot_backpack.workspace.layout import open_workspace

    place = open_workspace(workspace)
    file = file.expanduser().absolute()
    password = ask_password(password_stdin, new=False)
    enter(place)
    copy = read_copy(place, file, password)
    _refuse_simulated(place, copy.files, force)
    taken = copy.taken()
    if taken and not replace and sys.stdin.isatty() and not password_stdin:
        replace = typer.confirm(f"Put them in the place of those of {' and '.join(taken)}?", abort=True)
    names = copy.put_back(replace)
    _say({"connectors": list(names)}, f"The keys of {' and '.join(names)} are back in {place.root}.", as_json)


@app.command("list")
def list_pairs(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """List the connector names that have keys, and the age of each pair. Needs no password.

    \b
    Example:
      hummingbot-backpack keys list -w ~/backpack-bot
    """
    from hummingbot_backpack.keys.store import age_in_days
    from hummingbot_backpack.workspace.layout import CONNECTORS, open_workspace

    place = open_workspace(workspace)
    rows = [
        {"connector": name, "age_days": age_in_days(place.key_file(name))}
        for name in CONNECTORS
        if place.key_file(name).exists()
    ]
    lines = [f"{row['connector']}  {_aged(int(str(row['age_days'])))}" for row in rows]
    _say({"keys": rows}, "\n".join(lines) or f"There are no keys in {place.root}.", as_json)


@app.command()
def show(
    connector: Annotated[
        str | None, typer.Argument(help="A connector name; all that have keys where left out.")
    ] = None,
    workspace: WorkspaceOption = None,
    password_stdin: PasswordOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show the public half and the age of each pair, and that its secret decrypts. Never shows a secret.

    \b
    Example:
      hummingbot-backpack keys show backpack_perpetual -w ~/backpack-bot
    """
    from hummingbot_backpack.errors import UserError
    from hummingbot_backpack.keys.pair import check_pair
    from hummingbot_backpack.keys.store import age_in_days
    from hummingbot_backpack.workspace.layout import open_workspace

    place = open_workspace(workspace)
    names = _chosen(place, connector)
    if not names:
        raise UserError(f"There are no keys in {place.root}: store them with `keys import` or `keys new`.")
    store = _open(place, password_stdin)
    rows = []
    for name in names:
        pair = store.read(name)
        check_pair(pair.public, pair.secret)
        rows.append({"connector": name, "public_key": pair.public, "age_days": age_in_days(place.key_file(name))})
    lines = [f"{row['connector']}  {row['public_key']}  {_aged(int(str(row['age_days'])))}" for row in rows]
    _say({"keys": rows}, "\n".join(lines), as_json)


@app.command()
def remove(
    connector: Annotated[str | None, typer.Argument(help="A connector name; all of ours where left out.")] = None,
    workspace: WorkspaceOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete stored keys. The exchange still accepts the pair until you revoke it there.

    \b
    Example:
      hummingbot-backpack keys remove backpack_simulator -w ~/backpack-bot
    """
    from hummingbot_backpack.errors import UserError
    from hummingbot_backpack.keys import store
    from hummingbot_backpack.workspace.layout import open_workspace

    place = open_workspace(workspace)
    names = _chosen(place, connector)
    if not names:
        raise UserError(f"There are no keys to remove in {place.root}.")
    if not yes:
        if not sys.stdin.isatty():
            raise UserError("keys remove asks before it deletes: add --yes where there is no terminal.")
        typer.confirm(f"Delete the keys of {' and '.join(names)} in {place.root}?", abort=True)
    gone = store.remove(place, names)
    _say({"removed": [str(path) for path in gone]}, "\n".join(f"removed {path}" for path in gone), as_json)


def _chosen(workspace: "Workspace", connector: str | None) -> tuple[str, ...]:
    """:return: `connector`, or all of ours that have keys. :raises UserError: it is none of ours, or has none."""
    from hummingbot_backpack.errors import UserError
    from hummingbot_backpack.workspace.layout import CONNECTORS

    if connector is None:
        return tuple(name for name in CONNECTORS if workspace.key_file(name).exists())
    if connector not in CONNECTORS:
        raise UserError(f"CONNECTOR ({connector}) must be one of {', '.join(CONNECTORS)}.")
    if not workspace.key_file(connector).exists():
        raise UserError(f"There are no keys for {connector} in {workspace.root}.")
    return (connector,)


def _aged(days: int) -> str:
    from hummingbot_backpack.keys.store import OLD_AFTER_DAYS

    text = f"{days} day{'' if days == 1 else 's'} old"
    return f"{text}, older than {OLD_AFTER_DAYS}: make a new pair" if days > OLD_AFTER_DAYS else text
