import json

import numpy as np
import pytest

from rlvis.errors import OutputError
from rlvis.interface.chunks import DTYPES, ArrayEntry, Chunk, MediaEntry, array_chunk, chunk_arrays, chunk_media, escaped_json, media_chunk, parse_chunk


def some_arrays():
    generator = np.random.default_rng(0)
    return [ArrayEntry(dtype, (100 * generator.normal(size=(3, 1 + index))).astype(dtype)) for index, dtype in enumerate(DTYPES)]


@pytest.mark.parametrize("form", [Chunk.script, Chunk.block])
def test_arrays_come_back(form):
    entries = some_arrays()
    chunk = parse_chunk(form(array_chunk("a </script> \u2028 'b'", entries)))
    assert chunk.name == "a </script> \u2028 'b'"
    arrays = chunk_arrays(chunk)
    assert list(arrays) == [entry.key for entry in entries]
    for entry in entries:
        assert arrays[entry.key].dtype == entry.array.dtype
        np.testing.assert_array_equal(arrays[entry.key], entry.array)


def test_offsets_suit_typed_arrays():
    for entry in array_chunk("a", some_arrays()).header["entries"]:
        assert entry["offset"] % np.dtype(entry["dtype"]).itemsize == 0


def test_big_endian_and_strided_arrays():
    array = np.arange(24, dtype=">i4").reshape(4, 6)[::2, ::3]
    np.testing.assert_array_equal(chunk_arrays(array_chunk("a", [ArrayEntry("x", array)]))["x"], array)


def test_empty_and_scalar_arrays():
    arrays = chunk_arrays(array_chunk("a", [ArrayEntry("none", np.zeros((0, 3), np.int8)), ArrayEntry("one", np.float32(4))]))
    assert arrays["none"].shape == (0, 3)
    assert arrays["one"] == 4


def test_scales_apply_to_leading_indices():
    stored = np.array([[1, -2], [3, 4]], np.int8)
    arrays = chunk_arrays(array_chunk("a", [ArrayEntry("one", stored, 0.5), ArrayEntry("each", stored, [1, 10])]))
    np.testing.assert_array_equal(arrays["one"], stored / 2)
    np.testing.assert_array_equal(arrays["each"], [[1, -2], [30, 40]])


def test_wrong_number_of_scales():
    with pytest.raises(OutputError, match="scales"):
        array_chunk("a", [ArrayEntry("x", np.zeros((2, 2), np.int8), [1, 2, 3])])


def test_types_that_browsers_do_not_have():
    with pytest.raises(OutputError, match="x is float64"):
        array_chunk("a", [ArrayEntry("x", np.zeros(2))])


@pytest.mark.parametrize("form", [Chunk.script, Chunk.block])
def test_media_come_back(form):
    chunk = parse_chunk(form(media_chunk("pictures", [MediaEntry("one", "image/webp", b"RIFF1", {"columns": 3}), MediaEntry("two", "image/png", b"\x89PNG")])))
    assert chunk_media(chunk) == {"one": b"RIFF1", "two": b"\x89PNG"}
    assert chunk.header["entries"][0] == {"key": "one", "media": "image/webp", "offset": 0, "length": 5, "columns": 3}


def test_a_script_is_one_line_of_ascii():
    text = array_chunk("é\u2028\n", some_arrays()).script()
    assert text.isascii() and text.count("\n") == 1 and text.startswith("rlvis.chunk(") and text.endswith('");\n')


@pytest.mark.parametrize("text", ["", "{}", "rlvis.chunk(", 'rlvis.chunk("a", {"name":"a"}, "%%%");', '{"name":"a"}\nAAA'])
def test_damaged_text(text):
    with pytest.raises(OutputError, match="damaged"):
        parse_chunk(text)


def test_damaged_bodies():
    chunk = array_chunk("a", some_arrays())
    with pytest.raises(OutputError, match="chunk a is damaged"):
        chunk_arrays(Chunk("a", chunk.header, chunk.body[:-8]))
    with pytest.raises(OutputError, match="its header says 7"):
        chunk_arrays(Chunk("a", {**chunk.header, "bytes": 7}, chunk.body))


def test_escaped_json_is_json():
    value = {"<!--": "</script>&'\"\u2028\u2029é", "n": [1, 2.5, None, True]}
    text = escaped_json(value)
    assert json.loads(text) == value
    assert text.isascii() and not set("<>&'") & set(text)


def test_json_has_no_nan():
    with pytest.raises(OutputError, match="not finite"):
        escaped_json({"x": float("nan")})
