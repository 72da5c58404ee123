"""Damage of every kind to files of every format: the only thing that may come out is a `CheckpointError`."""

import random
import zlib

import pytest

from rlvis.checkpoints import Checkpoint, load
from rlvis.checkpoints.opened_file import OpenedFile
from rlvis.errors import CheckpointError, RlvisError

TINY = (
    "torch_zip", "torch_legacy", "torch_module", "torch_pickle", "stable_baselines3", "stable_baselines2", "npz", "joblib", "joblib_zlib", "joblib_gzip",
    "joblib_fortran", "pickle_2", "pickle_5", "jax_pickle", "flax_msgpack", "safetensors", "zlib_level_9",
)  # fmt: skip
SHAPE = (36, 36, 1)
TRUNCATIONS = 220
FLIPS = 160
FORGERIES = 60


@pytest.fixture
def attempt(tmp_path):
    """`attempt(data)`: the checkpoint in some bytes, or the error; anything else that is raised fails the test."""
    path = tmp_path / "file"

    def attempt(data):
        path.write_bytes(data)
        try:
            return load(path, observation_shape=SHAPE)
        except CheckpointError as error:
            # A check must have noticed, not the last fence, which is for what nobody foresaw.
            assert isinstance(error.__cause__, RlvisError), error
            return error

    return attempt


@pytest.mark.parametrize("name", TINY)
def test_tiny_file_loads_undamaged(name, tiny_files, attempt):
    checkpoint = attempt(tiny_files[name])
    assert isinstance(checkpoint, Checkpoint), checkpoint
    assert checkpoint.network.num_actions == 3


@pytest.mark.parametrize("name", TINY)
def test_truncated_anywhere(name, tiny_files, attempt):
    data = tiny_files[name]
    # All lengths of a small file; of a larger one, those near both ends and every n-th between.
    step = max(1, len(data) // TRUNCATIONS)
    lengths = sorted({*range(0, len(data), step), *range(min(64, len(data))), *range(len(data) - 64, len(data))})
    for length in lengths:
        result = attempt(data[:length])
        # The last instructions may end nothing but a list that is complete without them.
        assert isinstance(result, CheckpointError) or length > len(data) - 24, f"{length} of {len(data)} bytes loaded"


@pytest.mark.parametrize("name", TINY)
def test_bits_flipped(name, tiny_files, attempt):
    generator = random.Random(name)
    data = tiny_files[name]
    for _ in range(FLIPS):
        damaged = bytearray(data)
        for _ in range(generator.choice((1, 1, 1, 2, 8))):
            damaged[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
        result = attempt(bytes(damaged))
        assert isinstance(result, (Checkpoint, CheckpointError))


@pytest.mark.parametrize("name", TINY)
def test_numbers_forged(name, tiny_files, attempt):
    generator = random.Random(name)
    data = tiny_files[name]
    numbers = [b"\xff" * 2, b"\xff" * 4, b"\xff\xff\xff\x7f", b"\xff" * 8, b"\x00" * 4, b"\x80" * 8, b"\xff" * 7 + b"\x7f"]
    for _ in range(FORGERIES):
        position, number = generator.randrange(len(data)), generator.choice(numbers)
        result = attempt(data[:position] + number + data[position + len(number) :])
        assert isinstance(result, (Checkpoint, CheckpointError))


@pytest.mark.parametrize("name", TINY)
def test_pieces_removed_repeated_and_swapped(name, tiny_files, attempt):
    generator = random.Random(name)
    data = tiny_files[name]
    for _ in range(FORGERIES):
        first, second = sorted(generator.sample(range(len(data)), 2))
        for damaged in (data[:first] + data[second:], data[:second] + data[first:], data[second:] + data[:second], data[:first] + bytes(second - first) + data[second:]):
            assert isinstance(attempt(damaged), (Checkpoint, CheckpointError))


def test_damage_inside_compression_is_found(tiny_files, attempt):
    plain = tiny_files["joblib"]
    generator = random.Random(1)
    for _ in range(300):
        damaged = bytearray(plain)
        damaged[generator.randrange(len(plain))] ^= 1 << generator.randrange(8)
        assert isinstance(attempt(zlib.compress(bytes(damaged), 1)), (Checkpoint, CheckpointError))


def test_random_bytes_behind_every_start(tiny_files, attempt):
    generator = random.Random(2)
    for data in tiny_files.values():
        for length in (1, 2, 4, 9, 16, 40):
            for _ in range(6):
                assert isinstance(attempt(data[:length] + generator.randbytes(generator.randrange(200))), CheckpointError)


def test_the_file_is_read_once(tiny_files, attempt, monkeypatch):
    reads = []
    original = OpenedFile.data.func
    monkeypatch.setattr(OpenedFile.data, "func", lambda file: reads.append(file.size) or original(file))
    for data in tiny_files.values():
        reads.clear()
        assert isinstance(attempt(data), Checkpoint)
        assert reads == [len(data)]
