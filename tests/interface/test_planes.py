import dataclasses

import numpy as np
import pytest

from rlvis.errors import OutputError
from rlvis.interface.chunks import parse_chunk
from rlvis.interface.content import MapContent, MapPlanes
from rlvis.interface.packed_planes import LEVELS, error_bound
from rlvis.interface.planes import DecodedSum, decode_map, encode_map
from rlvis.interface.scales import display_scale, frame_maxima
from rlvis.stored_planes import StoredPlanes


def heavy_tailed(shape, seed=0):
    """Values over many orders of magnitude, as attributions are."""
    generator = np.random.default_rng(seed)
    return (generator.normal(size=shape) * np.exp(2 * generator.normal(size=shape))).astype(np.float32)


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


def test_the_sum_of_planes_without_holding_them_all():
    values = heavy_tailed((6, 5, 4, 3))
    chunk = encode_map(MapContent("m", "m", "2a", 5, 4, 2, residual=True), "value", 0, MapPlanes(values[..., :2], values[..., 2:]), "n").chunk
    total = DecodedSum(chunk)
    assert len(total) == 6
    for frames in (slice(0, 6), slice(1, 4), slice(5, 9)):
        np.testing.assert_allclose(total[frames], decode_map(chunk)["planes"].sum(axis=0)[frames], rtol=1e-6)
