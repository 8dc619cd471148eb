"""Replacing a pair by another without stopping the bot (cards KE01 and AU05).

==========  ==========================  ==============================================================================
stage       files                       what comes next
==========  ==========================  ==============================================================================
begun       next pair kept              its public half is entered at the exchange; nothing has changed for the bot
accepted    next pair kept              the exchange takes its signature, for the same account as the old pair's
in place    next pair stored, old kept  the running bot is told, and works with the new pair (or there is none)
over        next pair stored            the old pair is deleted here, and is to be revoked at the exchange
==========  ==========================  ==============================================================================

A bot that cannot work with the new pair gets the old one back, and the stage is "accepted" again.
"""

import json
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hummingbot_backpack.errors import UserError
from hummingbot_backpack.keys.pair import KeyPair, new_pair
from hummingbot_backpack.keys.proof import BALANCES, same_account, signed_get
from hummingbot_backpack.keys.store import Keystore
from hummingbot_backpack.operate.requests import send, wait_for
from hummingbot_backpack.workspace.exchange import Refused, Unreachable
from hummingbot_backpack.workspace.layout import Workspace

ASK_AGAIN_SECONDS = 2.0
ANSWER_SECONDS = 60.0
"""The bot itself gives up on the new pair after less than this, and says so."""


def next_file(workspace: Workspace) -> Path:
    return workspace.conf / "backpack_next_pair.yml"


def old_file(workspace: Workspace) -> Path:
    return workspace.conf / "backpack_old_pair.yml"


@dataclass(frozen=True)
class Rotation:
    """A rotation that has begun.

    :param names: connector names that get the new pair
    """

    workspace: Workspace
    store: Keystore
    names: tuple[str, ...]
    old: KeyPair
    new: KeyPair

    def accepted(self, wait: float, say: Callable[[str], None]) -> bool:
        """Ask the exchange whether it takes the new pair, again and again for `wait` seconds.

        :raises UserError: the pair belongs to another account, or the exchange does not answer
        """
        deadline = time.monotonic() + wait
        while True:
            try:
                signed_get(self.workspace, self.new, *BALANCES)
                same = same_account(self.workspace, self.old, self.new)
            except Refused:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(min(ASK_AGAIN_SECONDS, max(0.0, deadline - time.monotonic())))
                continue
            except Unreachable as error:
                url = self.workspace.settings.exchange_url
                raise UserError(f"{url} does not answer ({error}): run the command again later.") from None
            if same is False:
                raise UserError(
                    f"The pair with key {self.new.public} belongs to another account than the one it is to replace:"
                    " enter it where the old one stands, or begin anew with --restart."
                )
            if same is None:
                say("The old key is refused already, so nobody can compare the accounts: look that it is the same.")
            return True

    def put_in_place(self) -> None:
        """The new pair becomes the stored one; the old one is kept until `finish` or `put_back`."""
        self.store.keep(old_file(self.workspace), self.old)
        self.store.store(self.names, self.new, replace=True)

    def put_back(self) -> None:
        """The old pair is the stored one again."""
        self.store.store(self.names, self.old, replace=True)
        old_file(self.workspace).unlink(missing_ok=True)

    def finish(self) -> None:
        """The new pair has worked: the old one is deleted here."""
        next_file(self.workspace).unlink(missing_ok=True)
        old_file(self.workspace).unlink(missing_ok=True)


def begin(
    workspace: Workspace, store: Keystore, names: tuple[str, ...], given: KeyPair | None, restart: bool
) -> Rotation:
    """Begin a rotation, or go on with the one that has begun.

    :param given: the pair that is to come; None: a fresh one, or the one of the rotation that has begun
    :raises UserError: there are no keys to replace, or two rotations would cross
    """
    if not names:
        raise UserError(f"There are no keys in {workspace.root} to rotate: store them with `keys import`.")
    before = store.kept(old_file(workspace))
    old = before or store.read(names[0])
    differing = [name for name in names if store.read(name).public != store.read(names[0]).public]
    if differing:
        raise UserError(f"{names[0]} and {differing[0]} hold different pairs: store one for both with `keys import`.")
    begun = None if restart else store.kept(next_file(workspace))
    if begun is not None and given is not None and begun.public != given.public:
        raise UserError(f"A rotation to {begun.public} has begun: end it, or begin anew with --restart.")
    new = given or begun or new_pair()
    if new.public == old.public:
        raise UserError(f"The pair with key {new.public} is the one in use: give another.")
    store.keep(next_file(workspace), new)
    return Rotation(workspace, store, names, old, new)


def enter_at_local_backpack(rotation: Rotation, say: Callable[[str], None]) -> None:
    """On the local Backpack nobody has a page to enter a key at: do what the page would."""
    url = rotation.workspace.settings.simulator_url
    try:
        # A key that never signed anything there is not known yet.
        signed_get(rotation.workspace, rotation.old, *BALANCES)
        body = json.dumps({"key": rotation.old.public, "also": rotation.new.public}).encode()
        request = urllib.request.Request(f"{url}/simulator/keys", body, {"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        opener.open(request, timeout=10).close()
    except (Unreachable, Refused, OSError) as error:
        raise UserError(f"{url} does not take the new key ({error}): start the local Backpack first.") from None
    say(f"{url} has been told of the new key, as its owner would on the exchange's page.")


def replace(rotation: Rotation, attended: bool, say: Callable[[str], None]) -> None:
    """Store the new pair and have the running bot work with it, or put the old one back.

    :param attended: a bot runs and takes requests
    :raises UserError: the bot does not work with the new pair; the old one is in place again
    """
    rotation.put_in_place()
    if attended and not _told(rotation.workspace, say):
        rotation.put_back()
        back = _told(rotation.workspace, say)
        raise UserError(
            "The bot did not work with the new pair, so the old one is in place again"
            + (", and it works with that." if back else "; it does not answer, look at it (`hbot status`).")
        )
    rotation.finish()


def _told(workspace: Workspace, say: Callable[[str], None]) -> bool:
    """Have the bot take the stored pair. :return: whether it works with it"""
    try:
        answer = wait_for(workspace.root, send(workspace.root, "rotate_keys"), ANSWER_SECONDS)
    except UserError as error:
        say(str(error))
        return False
    for line in answer.get("lines", ()):
        say(line)
    return bool(answer["ok"])
