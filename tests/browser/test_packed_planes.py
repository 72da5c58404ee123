"""The page reads attribution planes exactly as Python does."""

import numpy as np
import pytest

from rlvis.interface.planes import decode_map
from rlvis.interface.reading import read_chunk, read_index

READ = """async ([name, first, count]) => {
    const index = JSON.parse(document.getElementById("index").textContent);
    const chunk = await new rlvis.ChunkStore(index.chunks, () => {}).load(name);
    const planes = chunk.entry("planes");
    return { shape: planes.shape, scale: planes.scale, size: planes.data.length, values: [...planes.data.subarray(first, first + count)] };
}"""


@pytest.mark.parametrize(("kind", "map"), [("atari", "integrated_gradients/relu1"), ("atari", "integrated_gradients/relu2"), ("single", "integrated_gradients/4a"), ("single", "perturbation")])
def test_planes_are_read_alike(request, visits, kind, map):
    place = request.getfixturevalue(kind)
    index = read_index(place.parent)
    name = next(entry for entry in index["maps"] if entry["id"] == map)["chunks"]["value"][0]
    expected = decode_map(read_chunk(place.parent, index, name))["planes"]
    found = visits(place).page.evaluate(READ, [name, expected.size // 2, 20000])
    assert tuple(found["shape"]) == expected.shape
    assert found["size"] == expected.size
    values = np.array(found["values"]) * found["scale"]
    assert np.abs(values).max() > 0
    np.testing.assert_allclose(values, expected.ravel()[expected.size // 2 :][:20000], rtol=1e-6)
