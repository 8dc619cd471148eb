"""Ed25519 key pairs as Backpack knows them: a public key (the API key) and a secret, each base64."""

import base64
import binascii
from dataclasses import dataclass, field

from nacl.signing import SigningKey

from hummingbot_backpack.errors import UserError

SEED_BYTES = 32
EXPANDED_BYTES = 64
"""Some tools export the seed with the public key behind it."""


@dataclass(frozen=True)
class KeyPair:
    """A pair that belongs together; ``repr`` shows the public half only."""

    public: str
    secret: str = field(repr=False)


def new_pair() -> KeyPair:
    """:return: a fresh pair from the system's random source."""
    return _pair(SigningKey.generate())


def check_pair(public: str, secret: str) -> KeyPair:
    """:return: the pair with its secret as 32-byte seed, whatever form it came in.

    :raises UserError: a half is not what it must be, or the key is not the secret's; no half is shown but the public.
    """
    key = _decode(public, "the key (BACKPACK_KEY)", (SEED_BYTES,))
    seed = _decode(secret, "the secret (BACKPACK_SECRET)", (SEED_BYTES, EXPANDED_BYTES))
    pair = _pair(SigningKey(seed[:SEED_BYTES]))
    if base64.b64decode(pair.public) != key:
        raise UserError(
            f"The key {public.strip()} is not the secret's public half: take both from the same place at Backpack."
        )
    return pair


def _pair(signing: SigningKey) -> KeyPair:
    public = base64.b64encode(bytes(signing.verify_key)).decode()
    return KeyPair(public, base64.b64encode(bytes(signing)).decode())


def _decode(text: str, name: str, sizes: tuple[int, ...]) -> bytes:
    wanted = " or ".join(str(size) for size in sizes)
    try:
        value = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise UserError(f"{name[0].upper()}{name[1:]} must be base64 of {wanted} bytes.") from None
    if len(value) not in sizes:
        raise UserError(f"{name[0].upper()}{name[1:]} must be base64 of {wanted} bytes, not of {len(value)}.")
    return value
