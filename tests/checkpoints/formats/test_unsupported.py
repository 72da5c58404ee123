"""Files that cannot be read are called by their name."""

import io
import tarfile
import zipfile

import pytest

from rlvis.checkpoints import load
from rlvis.errors import CheckpointError


def directory(*names):
    def make(path):
        path.mkdir()
        for name in names:
            (path / name).touch()

    return make


def content(data):
    return lambda path: path.write_bytes(data)


def zip_file(*names):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return content(stream.getvalue())


def tar_file():
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("sys_info"))
    return content(stream.getvalue())


KINDS = {
    "TensorFlow SavedModel": directory("saved_model.pb"),
    "TensorFlow checkpoint": directory("model.ckpt-100.index", "checkpoint"),
    "RLlib checkpoint": directory("rllib_checkpoint.json"),
    "Hugging Face repository": directory("README.md"),
    "Keras archive": zip_file("metadata.json", "config.json", "model.weights.h5"),
    "tar file of PyTorch": tar_file(),
    "program of torch.export": zip_file("m/models/model.json", "m/data/weights/weight_0"),
    "single NumPy array": content(b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }"),
    "lz4": content(b"\x04\x22\x4d\x18rest"),
    "zstd": content(b"\x28\xb5\x2f\xfdrest"),
    "Git LFS pointer": content(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n"),
    "web page": content(b"\n<!DOCTYPE html><html></html>"),
}


@pytest.mark.parametrize("name", KINDS)
def test_kind_is_named_with_advice(name, tmp_path):
    path = tmp_path / "checkpoint"
    KINDS[name](path)
    with pytest.raises(CheckpointError) as caught:
        load(path)
    text = str(caught.value)
    assert name in text and str(path) in text and "cannot be read; " in text
