import dataclasses

import numpy as np
import pytest

from rlvis.errors import OutputError
from rlvis.interface import planes as planes_module
from rlvis.interface.chunks import parse_chunk
from rlvis.interface.content import MapContent, MapPlanes
from rlvis.interface.planes import LEVELS, decode_map, decode_sum, encode_map, error_bound, level_numbers, level_values, pack_planes, unpack_planes
from rlvis.interface.scales import display_scale, frame_maxima
from rlvis.stored_planes import StoredPlanes


def heavy_tailed(shape, seed=0):
    """Values over many orders of magnitude, as attributions are."""
    generator = np.random.default_rng(seed)
    return (generator.normal(size=shape) * np.exp(2 * generator.normal(size=shape))).astype(np.float32)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 5), (7, 7), (8, 6)])
@pytest.mark.parametrize("magnitude", [1e-30, 1.0, 1e20])
def test_stored_values_are_within_the_bound(size, magnitude):
    values = magnitude * heavy_tailed((3, 4, *size))
    scale = display_scale(frame_maxima(values.transpose(1, 2, 3, 0)))
    packed = pack_planes(list(values), scale)
    assert packed.shape == values.shape
    error = np.abs(unpack_planes(packed).astype(np.float64) - values)
    assert (error <= error_bound(values, scale) * (1 + 1e-5)).all()


def test_more_levels_are_more_exact():
    values = heavy_tailed((2, 5, 6, 6))
    errors = [np.abs(unpack_planes(pack_planes(list(values), 1.0, levels)) - values).mean() for levels in (5, 10, 40, 160)]
    assert errors[0] > 1.8 * errors[1] > 1.8 * 3.6 * errors[2] > 1.8 * 3.6 * 3.6 * errors[3]


def test_documented_bounds():
    np.testing.assert_allclose(error_bound(np.array([1.0]), 1), 0.085, atol=0.001)
    np.testing.assert_allclose(error_bound(np.array([0.1]), 1), 0.036, atol=0.001)
    np.testing.assert_array_equal(level_numbers(np.array([1 / 148, -1 / 148, 1 / 145]), 1.0), [0, 0, 1])


def test_zero_and_sign_stay():
    values = np.array([[[[0.0, -0.0, 3.0, -3.0, 1e-9]]]], np.float32)
    np.testing.assert_array_equal(np.sign(unpack_planes(pack_planes(list(values), 3.0))), [[[[0, 0, 1, -1, 0]]]])


def test_levels_are_the_inverse_of_numbers():
    numbers = np.arange(-300, 301)
    np.testing.assert_array_equal(level_numbers(level_values(numbers, 0.37), 0.37), numbers)


def test_escapes_are_few_and_in_order():
    values = np.zeros((1, 1, 1, 4), np.float32)
    values[0, 0, 0] = level_values(np.array([9, -1, 2, -30]), 1.0)
    packed = pack_planes(list(values), 1.0)
    np.testing.assert_array_equal(packed.escapes, [9, -30])
    np.testing.assert_array_equal(packed.pairs.ravel(), [0 << 4 | 7, 10 << 4 | 0])
    np.testing.assert_allclose(unpack_planes(packed), values, rtol=0, atol=np.abs(values).max() / 32767)


def test_bytes_are_ordered_by_column_pair_frame_row():
    values = np.zeros((1, 2, 3, 4), np.float32)
    values[0, 1, 2, 2] = 1
    pairs = pack_planes(list(values), 1.0).pairs
    assert pairs.shape == (1, 2, 2, 3)
    assert np.argwhere(pairs != 8 << 4 | 8).tolist() == [[0, 1, 1, 2]]


def test_planes_of_zeros():
    packed = pack_planes([np.zeros((2, 3, 3), np.float32)], 1.0)
    assert not unpack_planes(packed).any()


@pytest.mark.parametrize("levels", [10, 500])
def test_outliers_do_not_overflow(levels):
    values = np.ones((1, 2, 2, 2), np.float32)
    values[0, 0, 0, 0] = 1e9
    packed = pack_planes(list(values), 1.0, levels)
    np.testing.assert_allclose(unpack_planes(packed)[0, 0, 0, 0], 1e9, rtol=1e-3)
    assert packed.escapes.size == 1


CONTENT = MapContent("integrated_gradients", "integrated gradients", "2b", 4, 5, 3, residual=True, completeness=True)


def some_values():
    generator = np.random.default_rng(3)
    return MapPlanes(heavy_tailed((6, 4, 5, 3)), heavy_tailed((6, 4, 5, 1), 1), generator.random(6).astype(np.float32), generator.normal(size=6).astype(np.float32))


def test_a_map_comes_back():
    values = some_values()
    encoded = encode_map(CONTENT, "value", 1, values, "chunk")
    arrays = decode_map(parse_chunk(encoded.chunk.script()))
    together = np.concatenate([values.planes, values.residual], axis=-1)
    np.testing.assert_allclose(arrays["sums"], together.sum(axis=(1, 2), dtype=np.float64), rtol=1e-6)
    np.testing.assert_array_equal(arrays["maxima"], np.abs(values.planes).max(axis=(1, 2, 3)))
    np.testing.assert_array_equal(arrays["completeness"], values.completeness)
    np.testing.assert_array_equal(arrays["target"], values.target)
    bound = error_bound(together, display_scale(encoded.maxima), LEVELS) * (1 + 1e-5)
    assert (np.abs(arrays["planes"].transpose(1, 2, 3, 0) - together) <= bound).all()
    assert set(arrays) == {"planes", "sums", "maxima", "completeness", "target"}


def test_planes_of_any_floating_type_and_order():
    values = some_values()
    wide = MapPlanes(np.asfortranarray(values.planes.astype(np.float64)), values.residual, values.completeness, values.target)
    assert encode_map(CONTENT, "value", 0, wide, "c").chunk.body == encode_map(CONTENT, "value", 0, values, "c").chunk.body


@pytest.mark.parametrize("change", [{"planes": np.zeros((6, 4, 5, 2), np.float32)}, {"residual": None}, {"completeness": np.zeros(5, np.float32)}, {"target": np.zeros((6, 1), np.float32)}])
def test_wrong_shapes(change):
    with pytest.raises(OutputError, match=f"integrated_gradients/2b, value, trajectory 1: {next(iter(change))} has shape"):
        encode_map(CONTENT, "value", 1, dataclasses.replace(some_values(), **change), "chunk")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("part", ["planes", "residual"])
def test_numbers_that_are_not_finite(bad, part):
    values = some_values()
    getattr(values, part)[2, 1, 1, 0] = bad
    with pytest.raises(OutputError, match=f"{part} holds numbers that are not finite"):
        encode_map(CONTENT, "value", 0, values, "chunk")


def test_planes_in_a_file_give_the_same_bytes():
    values = heavy_tailed((6, 5, 4, 3))
    content = MapContent("m", "m", "2a", 5, 4, 2, residual=True)
    encoded = []
    for limit in (0, 1e9):
        planes, residual = StoredPlanes((6, 5, 4, 2), limit), StoredPlanes((6, 5, 4, 1), limit)
        for frames in (slice(0, 4), slice(4, 6)):
            planes[frames], residual[frames] = values[frames, ..., :2], values[frames, ..., 2:]
        encoded.append(encode_map(content, "value", 0, MapPlanes(planes, residual), "n"))
    arrays = encode_map(content, "value", 0, MapPlanes(values[..., :2], values[..., 2:]), "n")
    assert encoded[0].chunk == encoded[1].chunk
    np.testing.assert_array_equal(encoded[0].maxima, arrays.maxima)
    for key, array in decode_map(arrays.chunk).items():
        np.testing.assert_array_equal(array, decode_map(encoded[0].chunk)[key])


@pytest.mark.parametrize("width", [7, 8])
def test_a_few_columns_at_a_time_come_out_in_the_same_order(width, monkeypatch):
    values = heavy_tailed((2, 3, 4, width))
    whole = pack_planes(list(values), 0.5)
    monkeypatch.setattr(planes_module, "_VALUES_AT_A_TIME", 12 * 2)
    parts = pack_planes(list(values), 0.5)
    np.testing.assert_array_equal(whole.pairs, parts.pairs)
    np.testing.assert_array_equal(whole.escapes, parts.escapes)
    assert whole.escapes.size > 4


def test_the_sum_of_planes_without_holding_them_all():
    values = heavy_tailed((6, 5, 4, 3))
    chunk = encode_map(MapContent("m", "m", "2a", 5, 4, 2, residual=True), "value", 0, MapPlanes(values[..., :2], values[..., 2:]), "n").chunk
    np.testing.assert_allclose(decode_sum(chunk), decode_map(chunk)["planes"].sum(axis=0), rtol=1e-6)
