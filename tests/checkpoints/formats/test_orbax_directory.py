"""Damage to directories that orbax wrote."""

import json
import random

import pytest

from rlvis.checkpoints import Checkpoint, load
from rlvis.errors import CheckpointError, RlvisError

SHAPE = (36, 36, 4)
CASES = 40


@pytest.mark.parametrize("name", ["orbax_ocdbt", "orbax_zarr"])
def test_damaged_files(name, unpack):
    path, _ = unpack(name)
    generator = random.Random(name)
    files = sorted(file for file in path.rglob("*") if file.is_file())
    for case in range(CASES):
        file = generator.choice(files)
        original = file.read_bytes()
        damaged = bytearray(original)
        if case % 2 or not damaged:
            damaged = damaged[: generator.randrange(len(damaged) + 1)]
        else:
            damaged[generator.randrange(len(damaged))] ^= 1 << generator.randrange(8)
        file.write_bytes(bytes(damaged))
        try:
            assert isinstance(load(path, observation_shape=SHAPE), Checkpoint)
        except CheckpointError as error:
            assert isinstance(error.__cause__, RlvisError), error
        file.write_bytes(original)
    assert isinstance(load(path, observation_shape=SHAPE), Checkpoint)


@pytest.mark.parametrize("bad", ["..", "a/b", "", "a\0b", "\\x"])
def test_names_that_are_paths(bad, unpack):
    path, _ = unpack("orbax_zarr")
    metadata = path / "_METADATA"
    tree = json.loads(metadata.read_text())
    next(iter(tree["tree_metadata"].values()))["key_metadata"][0]["key"] = bad
    metadata.write_text(json.dumps(tree))
    with pytest.raises(CheckpointError, match="which is no name"):
        load(path, observation_shape=SHAPE)


def test_shapes_that_are_too_large(unpack):
    path, _ = unpack("orbax_zarr")
    description = next(path.rglob(".zarray"))
    zarray = json.loads(description.read_text())
    zarray["shape"] = zarray["chunks"] = [1 << 18] * len(zarray["shape"])
    description.write_text(json.dumps(zarray))
    with pytest.raises(CheckpointError):
        load(path, observation_shape=SHAPE)


def test_empty_metadata(tmp_path):
    (tmp_path / "_METADATA").write_text("{}")
    with pytest.raises(CheckpointError, match="not the metadata of an orbax directory"):
        load(tmp_path)
    (tmp_path / "_METADATA").write_text('{"tree_metadata": {}}')
    with pytest.raises(CheckpointError, match="lists no arrays"):
        load(tmp_path)
