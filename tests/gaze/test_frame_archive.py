import bz2
import io
import struct
import tarfile
import zlib

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from rlvis.errors import DatasetError
from rlvis.gaze.frame_archive import frame_numbers, read_frames


def png(value, size=(160, 210), kind="PNG"):
    data = io.BytesIO()
    Image.new("RGB", size, (value, value, 0)).save(data, kind)
    return data.getvalue()


def huge_header():
    """A small file that promises 60000 × 60000 pixels."""
    data = bytearray(png(1))
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


def write(path, members, end=b""):
    with bz2.open(path, "wb") as stream, tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for name, data in members:
            if isinstance(name, tarfile.TarInfo):
                member = name
            else:
                member = tarfile.TarInfo(name)
                member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def special(name, kind, **fields):
    member = tarfile.TarInfo(name)
    member.type = kind
    for key, value in fields.items():
        setattr(member, key, value)
    return member


def test_frames_of_a_recording(recorded):
    _, trial, pictures, _ = recorded
    frames = list(read_frames(trial.archive))
    assert [number for number, _ in frames] == list(range(1, 43))
    assert_array_equal([picture for _, picture in frames], pictures)


@pytest.mark.parametrize("order", [[3, 1, 2], [2, 3, 5], [10, 9, 1, 2]])
def test_frames_are_in_the_order_of_their_numbers(tmp_path, order):
    members = [("dir/", b""), ("dir/readme.txt", b"words"), ("dir/._A_b_2.png", b"attributes")] + [(f"dir/A_b_{number}.png", png(number)) for number in order]
    path = write(tmp_path / "trial.tar.bz2", members)
    frames = list(read_frames(path))
    assert [number for number, _ in frames] == sorted(order)
    assert [picture[0, 0, 0] for _, picture in frames] == sorted(order)
    assert_array_equal(frame_numbers(path), sorted(order))


@pytest.mark.parametrize(
    "members, message",
    [
        ([("../A_1.png", png(1))], "not a frame"),
        ([("/etc/A_1.png", png(1))], "not a frame"),
        ([(special("A_1.png", tarfile.SYMTYPE, linkname="/etc/passwd"), b"")], "neither a file nor a directory"),
        ([(special("A_1.png", tarfile.LNKTYPE, linkname="other"), b"")], "neither a file nor a directory"),
        ([(special("A_1.png", tarfile.CHRTYPE), b"")], "neither a file nor a directory"),
        ([("A_1.png", bytes(2 << 20))], "has 2097152 bytes"),
        ([("A_1.png" + "x" * 70_000, b"")], "extended header of"),
        ([("A_1.png", png(1)), ("B_1.png", png(1))], "in the archive twice"),
        ([("A_1.png", png(1, (20_000, 3)))], "20000 × 3 pixels; expected 160 × 210"),
        ([("A_1.png", huge_header())], "60000 × 60000 pixels; expected 160 × 210"),
        ([("A_1.png", huge_header()[:20])], "expected 160 × 210"),
        ([("A_1.png", png(1, kind="GIF"))], "no PNG"),
        ([("A_1.png", png(1)[:60])], "damaged"),
    ],
)
def test_hostile_archives_are_refused(tmp_path, members, message):
    path = write(tmp_path / "trial.tar.bz2", members)
    with pytest.raises(DatasetError, match=message):
        list(read_frames(path))
    assert [entry.name for entry in tmp_path.iterdir()] == ["trial.tar.bz2"]
    if "160 × 210" not in message and "PNG" not in message and message != "damaged":
        with pytest.raises(DatasetError, match=message):
            frame_numbers(path)


def test_archives_that_were_compressed_in_parallel(tmp_path):
    whole = bz2.decompress(write(tmp_path / "one.tar.bz2", [(f"A_{number}.png", png(number)) for number in (1, 2, 3)]).read_bytes())
    path = tmp_path / "several.tar.bz2"
    path.write_bytes(b"".join(bz2.compress(whole[start : start + 1000]) for start in range(0, len(whole), 1000)))
    assert [number for number, _ in read_frames(path)] == [1, 2, 3]


def test_an_archive_that_unpacks_to_too_much(tmp_path, monkeypatch):
    monkeypatch.setattr("rlvis.gaze.frame_archive._MOST_BYTES", 3 << 20)
    path = write(tmp_path / "trial.tar.bz2", [(f"note {number}", bytes(1 << 20)) for number in range(4)])
    assert path.stat().st_size < 2000
    with pytest.raises(DatasetError, match="more than a trial"):
        list(read_frames(path))


def test_sparse_members_are_refused(tmp_path):
    member = tarfile.TarInfo("A_1.png")
    member.size = 0
    member.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.map": "0,0", "GNU.sparse.size": "100000000000", "GNU.sparse.name": "A_1.png"}
    path = write(tmp_path / "trial.tar.bz2", [(member, b"")])
    with pytest.raises(DatasetError, match="not a frame|no archive|damaged"):
        list(read_frames(path))


def test_damaged_files_are_dataset_errors(tmp_path):
    whole = write(tmp_path / "whole.tar.bz2", [(f"A_{number}.png", png(number)) for number in range(1, 6)]).read_bytes()
    path = tmp_path / "trial.tar.bz2"
    generator = np.random.default_rng(0)
    outcomes = set()
    for attempt in range(60):
        data = bytearray(whole if attempt % 2 else whole[: generator.integers(0, len(whole))])
        for position in generator.integers(0, max(1, len(data)), 3 if data else 0):
            data[position] ^= 1 << generator.integers(8)
        path.write_bytes(bytes(data))
        try:
            list(read_frames(path))
            outcomes.add("read")
        except DatasetError:
            outcomes.add("refused")
    assert "refused" in outcomes
    with pytest.raises(DatasetError, match="nothing.tar.bz2"):
        list(read_frames(tmp_path / "nothing.tar.bz2"))
