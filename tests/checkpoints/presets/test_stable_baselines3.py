"""What the fields beside a Stable-Baselines3 policy say about it."""

import io
import json
import zipfile

import pytest

from rlvis.checkpoints import load
from rlvis.errors import CheckpointError


@pytest.fixture
def load_changed(unpack, tmp_path):
    """`load_changed(change)`: a recorded agent, its fields changed by a function; none at all where it gives `None`."""

    def load_changed(change, name="stable_baselines3_a2c", **options):
        path, _ = unpack(name)
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            members = {member: archive.read(member) for member in archive.namelist()}
        fields = change(json.loads(members.pop("data")))
        with zipfile.ZipFile(tmp_path / "changed.zip", "w") as archive:
            for member, data in members.items():
                archive.writestr(member, data)
            if fields is not None:
                archive.writestr("data", json.dumps(fields))
        return load(tmp_path / "changed.zip", **options)

    return load_changed


@pytest.mark.parametrize("kind", ["MultiDiscrete", "MultiBinary"])
def test_several_choices_at_once(kind, load_changed):
    with pytest.raises(CheckpointError, match=f"makes several choices at once .{kind}."):
        load_changed(lambda fields: {**fields, "action_space": {**fields["action_space"], ":type:": f"<class 'gymnasium.spaces.{kind}'>"}})


def test_activation_that_is_not_supported(load_changed):
    with pytest.raises(CheckpointError, match="followed by 'Hardshrink'; supported are Tanh, ReLU"):
        load_changed(lambda fields: {**fields, "policy_kwargs": {**fields["policy_kwargs"], "activation_fn": "<class 'torch.nn.modules.activation.Hardshrink'>"}})


def test_without_fields(load_changed):
    checkpoint = load_changed(lambda fields: None, observation_shape=(36, 36, 4))
    assert checkpoint.network.description["policy"][0]["activation"] == "tanh"
    assert any("which activation function follows" in note for note in checkpoint.notes)


def test_bytes_that_were_not_scaled_in_training(load_changed):
    given = load_changed(lambda fields: {**fields, "policy_kwargs": {**fields["policy_kwargs"], "normalize_images": False}})
    assert given.network.description["trunk"][0] == {"layer": "Affine", "name": "bytes", "scale": 255.0, "offset": 0.0}
