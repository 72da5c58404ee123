"""Emulator states as byte strings that say what they are of and cannot be damaged unnoticed."""

import hashlib

from rlvis.errors import EnvironmentFailure

DIGEST_BYTES = 32


def seal_state(game: str, state: bytes) -> bytes:
    """A state with its game's name and a SHA-256 in front."""
    return _prefix(game) + hashlib.sha256(state).digest() + state


def open_state(game: str, sealed: bytes) -> bytes:
    """The state that `seal_state` got.

    Raises:
        EnvironmentFailure: if it is none, of another game, or damaged (emulators end the process on a damaged state).
    """
    prefix = _prefix(game)
    if not isinstance(sealed, bytes) or not sealed.startswith(_prefix("")[:-1]):
        raise EnvironmentFailure("this is no saved state of an environment")
    if not sealed.startswith(prefix):
        raise EnvironmentFailure(f"the saved state is of another game than {game}")
    digest, state = sealed[len(prefix) : len(prefix) + DIGEST_BYTES], sealed[len(prefix) + DIGEST_BYTES :]
    if hashlib.sha256(state).digest() != digest:
        raise EnvironmentFailure(f"the saved state of {game} is damaged")
    return state


def _prefix(game):
    return f"rlvis state 1 {game}\n".encode()
