"""Files made to do harm: nothing they name runs, nothing is written, and work stays within the file's size."""

import bz2
import io
import json
import lzma
import os
import pickle
import struct
import sys
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest

from rlvis.checkpoints import Checkpoint, load
from rlvis.checkpoints.formats.message_pack import unpack
from rlvis.checkpoints.limits import EXPANSION, FREE_BYTES
from rlvis.errors import CheckpointError, RlvisError
from rlvis.networks.stack import Activation, StackDescription
from rlvis.networks.stack_description import check_description

SHAPE = (36, 36, 1)
WATCHED = ("os.system", "os.exec", "os.posix_spawn", "os.remove", "os.rename", "os.mkdir", "os.chmod", "subprocess.Popen", "exec", "pickle.find_class", "socket.connect", "shutil", "ctypes.dlopen")
_events: list | None = None


def _watch(event, arguments):
    if _events is None:
        return
    writing = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    # Python imports its own codecs when they are first needed, which is also called exec.
    importing = event == "exec" and os.sep + "encodings" + os.sep in getattr(arguments[0], "co_filename", "")
    if writing or (event.startswith(WATCHED) and not importing):
        _events.append((event, arguments))


sys.addaudithook(_watch)


@pytest.fixture
def attempt(tmp_path):
    """`attempt(data)`: what loading gives, an error or a checkpoint, after making sure that nothing was run or written."""
    path = tmp_path / "file"

    def attempt(data):
        global _events
        path.write_bytes(data)
        before = sorted(os.listdir(tmp_path))
        _events = []
        try:
            result = load(path, observation_shape=SHAPE)
        except CheckpointError as error:
            result = error
        finally:
            seen, _events = _events, None
        assert not seen, seen
        assert sorted(os.listdir(tmp_path)) == before
        return result

    return attempt


class Call:
    """Pickles as a call of any function."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


class CallWithState(Call):
    def __reduce__(self):
        return (*self.call, {"shape": (1,), "dtype": "f4"})


def hostile_values():
    import builtins
    import subprocess

    return {
        "os.system": Call(os.system, "touch harm"),
        "exec": Call(builtins.exec, "open('harm', 'w')"),
        "eval": Call(builtins.eval, "__import__('os').system('touch harm')"),
        "popen": Call(subprocess.Popen, ["touch", "harm"]),
        "getattr": Call(getattr, Call(__import__, "os"), "system"),
        "map": Call(map, os.system, ["touch harm"]),
        "import": Call(__import__, "antigravity"),
        "state": CallWithState(os.system, "touch harm"),
        "open": Call(open, "harm", "w"),
        "loads": Call(pickle.loads, pickle.dumps(Call(os.system, "touch harm"))),
    }


HOSTILE = tuple(hostile_values())
# Written by hand: instructions that Python's own pickler does not choose.
RAW = {
    "protocol 0 call": b"cos\nsystem\n(S'touch harm'\ntR.",
    "instance by name": b"(S'touch harm'\nios\nsystem\n.",
    "instance of mark": b"(cos\nsystem\nS'touch harm'\no.",
    "new object": b"\x80\x02cos\nsystem\nU\ntouch harm\x85\x81.",
    "new object with keywords": b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\ntouch harm\x85}\x92.",
    "nested name": b"\x80\x04\x8c\x08builtins\x8c\x0bexec.__call__\x93\x8c\x01x\x85R.",
    "extension": b"\x80\x02\x82\x01.",
    "persistent": b"\x80\x02U\x04evilQ.",
    "out of band buffer": b"\x80\x05\x97.",
    "state of an allowed type": b"\x80\x02cnumpy\ndtype\n(U\x02f4K\x00K\x01tR(K\x03U\x01<cos\nsystem\n(U\ntouch harmtRNNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb.",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_calls_in_pickles_are_not_made(name, protocol, attempt):
    value = hostile_values()[name]
    for container in (value, {"params": value, "args": {}}, {"params": {"a": np.zeros(2, np.float32), "b": value}}, [value, {value.__class__.__name__: value}]):
        assert isinstance(attempt(pickle.dumps(container, protocol)), CheckpointError)


@pytest.mark.parametrize("name", RAW)
def test_unusual_instructions_do_nothing(name, attempt):
    assert isinstance(attempt(RAW[name]), CheckpointError)
    assert isinstance(attempt(zlib.compress(RAW[name])), CheckpointError)


@pytest.mark.parametrize("name", HOSTILE)
def test_calls_beside_good_weights_are_ignored(name, attempt, tiny_files):
    weights = pickle.loads(tiny_files["pickle_5"])
    result = attempt(pickle.dumps({**weights, "optimizer": hostile_values()[name], "epoch": 3}))
    assert isinstance(result, Checkpoint), result
    assert result.metadata == {"epoch": 3}


def zip_of(members, method=zipfile.ZIP_STORED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def members_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("name", HOSTILE)
def test_calls_inside_other_files_are_not_made(name, attempt, tiny_files):
    call = pickle.dumps(hostile_values()[name], 2)
    torch_members = {key: call if key.endswith("data.pkl") else data for key, data in members_of(tiny_files["torch_zip"]).items()}
    assert isinstance(attempt(zip_of(torch_members)), CheckpointError)
    outer = members_of(tiny_files["stable_baselines3"])
    assert isinstance(attempt(zip_of({**outer, "policy.pth": zip_of(torch_members)})), CheckpointError)
    assert isinstance(attempt(zip_of({**outer, "policy.pth": call})), CheckpointError)
    fields = json.dumps({"gamma": 0.5, "policy_class": {":type:": "x", ":serialized:": call.hex()}})
    assert attempt(zip_of({**outer, "data": fields})).gamma == 0.5
    legacy = tiny_files["torch_legacy"]
    # In place of each of the five pickles in turn.
    parts, stream = [], io.BytesIO(legacy)
    for _ in range(3):
        start = stream.tell()
        pickle.load(stream)
        parts.append(legacy[start : stream.tell()])
    for index in range(4):
        assert isinstance(attempt(b"".join(parts[:index]) + call + b"".join(parts[index + 1 :])), CheckpointError)


def test_arrays_of_objects_are_refused_before_they_are_read(attempt):
    joblib = pytest.importorskip("joblib")
    for values in (np.array([hostile_values()["os.system"]], dtype=object), np.array([("a", 1)], dtype=[("x", "O"), ("y", "i4")])):
        stream = io.BytesIO()
        joblib.dump({"params": {"w": values}, "args": {}}, stream)
        assert "plain numbers" in str(attempt(stream.getvalue()))
        assert "numbers" in str(attempt(pickle.dumps({"w": values})))
        stream = io.BytesIO()
        np.savez(stream, w=values)
        assert "plain numbers" in str(attempt(stream.getvalue()))


@pytest.mark.parametrize("bad", ["../../harm", "/tmp/harm", "archive/../../harm", "C:\\harm", "archive/data/../../../harm", "con\x00harm"])
def test_paths_in_archives_lead_nowhere(bad, attempt, tiny_files):
    members = members_of(tiny_files["torch_zip"])
    assert isinstance(attempt(zip_of({**members, bad: b"harm"})), (Checkpoint, CheckpointError))
    renamed = {(bad if name.endswith("data.pkl") else name): data for name, data in members.items()}
    assert isinstance(attempt(zip_of(renamed)), CheckpointError)
    # A storage whose key is a path.
    pointed = {name: data.replace(b"X\x01\x00\x00\x000", b"X\x0a\x00\x00\x00../../../x") if name.endswith("data.pkl") else data for name, data in members.items()}
    assert isinstance(attempt(zip_of(pointed)), CheckpointError)


def test_links_in_archives_are_not_followed(attempt, tiny_files):
    members = members_of(tiny_files["torch_zip"])
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            information = zipfile.ZipInfo(name)
            if "/data/" in name:
                information.external_attr = 0o120777 << 16
                data = b"/etc/passwd"
            archive.writestr(information, data)
    assert isinstance(attempt(stream.getvalue()), CheckpointError)


def joblib_file(shape, kind=b"f4", order=b"C", data=b"\0" * 16):
    """A joblib pickle of one array of any shape, written by hand."""
    state = pickle.dumps({"subclass": None, "shape": shape, "order": order.decode(), "allow_mmap": True, "numpy_array_alignment_bytes": None}, 2)[2:-1]
    kind = b"cnumpy\ndtype\n(U" + bytes([len(kind)]) + kind + b"K\x00K\x01tR(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    return b"\x80\x02}U\x01acjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81" + state + b"U\x05dtype" + kind + b"sb" + data + b"s."


def npy(header, data=b"\0" * 16):
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def test_hand_written_joblib_file_is_read_where_it_is_honest(attempt):
    assert "The file has a 4." in str(attempt(joblib_file((4,))))


BOMBS = {
    "zip of zeros": lambda: zip_of({"archive/data.pkl": bytes(24 << 20)}, zipfile.ZIP_DEFLATED),
    "npz of zeros": lambda: zip_of({"a.npy": npy(b"{'descr': '<f4', 'fortran_order': False, 'shape': (8388608,), }", bytes(32 << 20))}, zipfile.ZIP_DEFLATED),
    "zlib of zeros": lambda: zlib.compress(bytes(24 << 20), 9),
    "zlib twice": lambda: zlib.compress(zlib.compress(bytes(24 << 20), 9), 9),
    "joblib shape": lambda: joblib_file((1 << 39,)),
    "joblib shape with an overflow": lambda: joblib_file((1 << 32, 1 << 32)),
    "joblib negative shape": lambda: joblib_file((-1,)),
    "joblib empty but wide": lambda: joblib_file((0, 1 << 39, 1 << 39)),
    "joblib many dimensions": lambda: joblib_file((1,) * 40),
    "npy shape": lambda: zip_of({"a.npy": npy(b"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }")}),
    "npy header": lambda: zip_of({"a.npy": b"\x93NUMPY\x02\x00\xff\xff\xff\x7f" + b"(" * 5000}),
    "safetensors header": lambda: struct.pack("<Q", 1 << 26) + b"{" + b" " * 100,
    "safetensors shape": lambda: safetensors({"a": {"dtype": "F32", "shape": [1 << 39], "data_offsets": [0, 1 << 41]}}),
    "safetensors offsets": lambda: safetensors({"a": {"dtype": "F32", "shape": [4], "data_offsets": [-16, 0]}}),
    "safetensors nesting": lambda: struct.pack("<Q", 20000) + b'{"a":' * 4000,
    "msgpack lists": lambda: b"\x81\xa1a" + b"\xdd\x7f\xff\xff\xff" * 300,
    "msgpack map": lambda: b"\xdf\xff\xff\xff\xff\xa1a\x01",
    "msgpack bytes": lambda: b"\x81\xa1a\xc6\xff\xff\xff\xff",
    "msgpack array": lambda: b"\x81\xa1a\xc7\x0c\x01\x93\x91\xce\xff\xff\xff\xff\xa2f4\xc4\x00",
    "pickle of nested tuples": lambda: b"\x80\x02K\x01" + b"2\x86" * 60000 + b".",
    "pickle with a nested tuple as a key": lambda: b"\x80\x02}K\x01" + b"2\x86" * 64 + b"K\x01s.",
    "pickle with a nested shape": lambda: b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n)R(K\x01" + b"K\x01" + b"2\x86" * 64 + b"NNNtb.",
    "pickle of lists in themselves": lambda: b"\x80\x02]q\x00h\x00a" + b"h\x00h\x00a0" * 1000 + b".",
    "pickle of a huge number": lambda: b"\x80\x02\x8b" + struct.pack("<i", 1 << 20) + b"\xff" * (1 << 20) + b".",
    "pickle of digits": lambda: b"L" + b"9" * 4000 + b"L\n.",
    "pickle of many instructions": lambda: b"\x80\x02" + b"]0" * 700_000 + b"N.",
    "pickle that encodes a text again and again": lambda: b"\x80\x02(c_codecs\nencode\nq\x00X" + struct.pack("<I", 1 << 17) + b"a" * (1 << 17) + b"X\x06\x00\x00\x00latin1\x86q\x01" + b"h\x00h\x01R" * 30000 + b"l.",
    "pickle that copies a dictionary again and again": lambda: b"\x80\x02(ccollections\nOrderedDict\nq\x00}(" + b"".join(b"M" + struct.pack("<H", n) + b"N" for n in range(20000)) + b"u\x85q\x01" + b"h\x00h\x01R" * 20000 + b"l.",
    "pickle of a list that is in itself very often": lambda: b"\x80\x02]q\x00" + b"h\x00a" * 10_000 + b".",
    "pickle of lists of lists": lambda: b"\x80\x02]r" + struct.pack("<I", 0) + b"Na0" + b"".join(b"](" + (b"j" + struct.pack("<I", n)) * 10 + b"er" + struct.pack("<I", n + 1) + b"0" for n in range(25)) + b"j" + struct.pack("<I", 25) + b".",
    "pickle of deep lists": lambda: b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".",
    "pickle of marks": lambda: b"\x80\x02" + b"(" * 100_000 + b".",
    "pickle of calls of calls": lambda: b"\x80\x02cos\nsystem\n" + b")R" * 60_000 + b".",
    "pickle of bytes": lambda: b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7fN.",
    "pickle of a frame": lambda: b"\x80\x04\x95" + b"\xff" * 8 + b"N.",
    "array with many names": lambda: b"\x80\x02" + pickle.dumps({"w": np.zeros((64, 64), np.float32)}, 2)[2:-1] + b"q\xf0](" + b"h\xf0" * 10_000 + b"e.",
    "zip in a zip in a zip": lambda: zip_of({"policy.pth": zip_of({"a/data.pkl": zip_of({"a/data.pkl": bytes(1 << 20)}, zipfile.ZIP_DEFLATED)}), "data": "{}"}),
    "zip with many members": lambda: zip_of({f"{n}.npy": b"" for n in range(20_001)}),
    "zip with deep JSON": lambda: zip_of({"policy.pth": zip_of({"a/data.pkl": b"\x80\x02}."}), "data": "[" * 100_000}),
    "zip with a number of many digits": lambda: zip_of({"policy.pth": zip_of({"a/data.pkl": b"\x80\x02}."}), "data": '{"gamma":' + "9" * 5000 + "}"}),
    "bzip2 of zeros": lambda: bz2.compress(bytes(24 << 20)),
    "xz of zeros": lambda: lzma.compress(bytes(24 << 20), preset=0),
    "safetensors over and over": lambda: safetensors({str(n): {"dtype": "F32", "shape": [1 << 18], "data_offsets": [0, 1 << 20]} for n in range(3000)}, bytes(1 << 20)),
    "own checkpoint of a huge network": lambda: own_checkpoint('{"layer": "Convolution", "name": "a", "features": 1048576, "kernel": [1048576, 1048576], "padding": "SAME"}'),
    "own checkpoint of many layers": lambda: own_checkpoint(", ".join('{"layer": "Activation", "name": "a%d"}' % n for n in range(5_000))),
    "own checkpoint of nested lists": lambda: own_checkpoint('{"layer": "Activation", "name": "a", "function": ' + "[" * 900 + "]" * 900 + "}"),
    "msgpack depth": lambda: b"\x81\xa1a" * 100_000,
    "pickle memo": lambda: b"\x80\x02Nr\xff\xff\xff\xff" + b"j\xff\xff\xff\xff" * 1000 + b".",
}


def own_checkpoint(layers):
    return safetensors({"__metadata__": {"rlvis": '{"network": {"observation_shape": [64, 64, 3], "num_actions": 4, "trunk": [%s]}}' % layers}})


def safetensors(header, data=b"\0" * 16):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


@pytest.mark.parametrize("name", BOMBS)
def test_work_is_bounded_by_the_size_of_the_file(name, attempt):
    data = BOMBS[name]()
    tracemalloc.start()
    try:
        result = attempt(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(result, CheckpointError) and isinstance(result.__cause__, RlvisError), result
    assert peak < 2 * (FREE_BYTES + EXPANSION * len(data)) + (8 << 20)


def test_many_layers_take_no_longer_than_their_number(attempt):
    """Counted, not timed: the check of names looks at each once."""
    looked_at = []

    class Name(str):
        def __eq__(self, other):
            looked_at.append(self)
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    check_description(StackDescription((4, 4, 1), 2, tuple(Activation(Name(f"a{n}")) for n in range(2000))))
    assert len(looked_at) < 10 * 2000


def test_pipes_are_not_waited_for(tmp_path, tiny_files):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text('{"network": "cnn"}')
    os.mkfifo(tmp_path / "run" / "model.pkl")
    (tmp_path / "orbax").mkdir()
    os.mkfifo(tmp_path / "orbax" / "_METADATA")
    for path in (tmp_path / "pipe", tmp_path / "run", tmp_path / "orbax"):
        with pytest.raises(CheckpointError):
            load(path)
    (tmp_path / "file").write_bytes(tiny_files["npz"])
    with pytest.raises(CheckpointError, match="no regular file"):
        load(tmp_path / "file", map_file=tmp_path / "pipe")


def test_files_that_are_mostly_holes_are_not_read(tmp_path):
    for name, start in (("pickle", b"\x80\x02N."), ("safetensors", struct.pack("<Q", 1 << 20) + b"{")):
        with open(tmp_path / name, "wb") as file:
            file.write(start)
            file.truncate(1 << 40)
        with pytest.raises(CheckpointError, match="1099511627776 bytes; files of up to 8 GiB are read"):
            load(tmp_path / name)
    (tmp_path / "checkpoint").write_bytes(b"\x80\x02N.")
    with open(tmp_path / "map.json", "wb") as file:
        file.truncate(1 << 38)
    with pytest.raises(CheckpointError, match="of up to 16 MiB"):
        load(tmp_path / "checkpoint", map_file=tmp_path / "map.json")


def test_links_that_lead_in_circles(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "link")
    (tmp_path / "directory").mkdir()
    (tmp_path / "directory" / "self").symlink_to(tmp_path / "directory")
    for path in (tmp_path / "link", tmp_path / "directory", "a" * 5000):
        with pytest.raises(CheckpointError):
            load(path)


def test_tensors_stay_inside_their_storages(attempt, tiny_files):
    members = members_of(tiny_files["torch_zip"])
    name = next(name for name in members if name.endswith("data.pkl"))
    # conv1.weight: offset 0, shape (1, 1, 8, 8), strides (64, 64, 8, 1), as small numbers in the pickle.
    good = b"K\x00(K\x01K\x01K\x08K\x08tq"
    assert good in members[name]
    for forged in (b"K\x01(K\x01K\x01K\x08K\x08tq", b"K\x00(K\x01K\xffK\x08K\x08tq", b"K\x00(K\xffK\xffK\xffK\xfftq", b"K\x00(K\x01K\x01K\x08K\x09tq"):
        result = attempt(zip_of({**members, name: members[name].replace(good, forged, 1)}))
        assert isinstance(result, CheckpointError)
        assert "storage" in str(result)


def test_strides_of_zero_do_not_multiply_a_storage(attempt, tiny_files):
    members = members_of(tiny_files["torch_zip"])
    name = next(name for name in members if name.endswith("data.pkl"))
    strides = b"(K@K@K\x08K\x01tq"
    assert strides in members[name]
    shape = b"K\x00(K\x01K\x01K\x08K\x08tq"
    pickled = members[name].replace(strides, b"(K\x00K\x00K\x00K\x00tq", 1).replace(shape, b"K\x00(K\xffK\xffK\xffK\xfftq", 1)
    assert "outside its storage" in str(attempt(zip_of({**members, name: pickled})))


def test_overlapping_members_are_counted_each_time(attempt):
    """A thousand entries of the central directory for one and the same member."""
    data = zip_of({"a.npy": npy(b"{'descr': '<f4', 'fortran_order': False, 'shape': (65536,), }", bytes(1 << 18))}, zipfile.ZIP_DEFLATED)
    directory = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry = data[directory:end]
    entries = b"".join(entry.replace(b"a.npy", b"%05d.npy" % n).replace(b"\x05\x00\x00\x00", b"\x09\x00\x00\x00", 1) for n in range(1000))
    tail = bytearray(data[end:])
    tail[8:12] = struct.pack("<HH", 1000, 1000)
    tail[12:16] = struct.pack("<I", len(entries))
    assert isinstance(attempt(data[:directory] + entries + bytes(tail)), CheckpointError)


def test_encrypted_and_unusual_packings_are_refused(attempt, tiny_files):
    members = members_of(tiny_files["npz"])
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert "unusual way" in str(attempt(zip_of(members, method)))


def test_message_pack_values_are_those_of_the_format():
    packed = b"\x87\xa1a\x01\xa1b\xff\xa1c\xc0\xa1d\xc3\xa1e\xcb" + struct.pack(">d", 1.5) + b"\xa1f\x93\x01\x02\xa1x\xa1g\xd1\xff\x00"
    assert unpack(packed) == {"a": 1, "b": -1, "c": None, "d": True, "e": 1.5, "f": [1, 2, "x"], "g": -256}
    for damaged in (packed[:-1], packed + b"\x00", b"\xc1", b"\x81\xc0\x01"):
        with pytest.raises(CheckpointError):
            unpack(damaged)
