import pytest

from rlvis.environments.saved_state import open_state, seal_state
from rlvis.errors import EnvironmentFailure

SEALED = seal_state("maze", b"content\n\0")


def test_what_is_sealed_can_be_opened():
    assert open_state("maze", SEALED) == b"content\n\0"
    assert open_state("maze", seal_state("maze", b"")) == b""


@pytest.mark.parametrize("position", range(len("rlvis state 1 maze\n"), len(SEALED)))
def test_any_changed_byte_is_noticed(position):
    changed = SEALED[:position] + bytes([SEALED[position] ^ 0x20]) + SEALED[position + 1 :]
    with pytest.raises(EnvironmentFailure, match="damaged"):
        open_state("maze", changed)


@pytest.mark.parametrize(("sealed", "message"), [(SEALED[:-1], "damaged"), (SEALED[:30], "damaged"), (b"", "no saved state"), (None, "no saved state"), ("rlvis state 1 maze\n", "no saved state"), (seal_state("miner", b""), "another game than maze")])
def test_other_things_are_refused(sealed, message):
    with pytest.raises(EnvironmentFailure, match=message):
        open_state("maze", sealed)
