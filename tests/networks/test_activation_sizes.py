from rlvis.networks.activation_sizes import activation_bytes, tap_sizes


def test_sizes_of_a_clear_network(tiny_clear):
    sizes = tap_sizes(*tiny_clear)
    assert sizes["1a"] == 16 * 16 * 4 and max(sizes.values()) == sizes["1a"]
    assert activation_bytes(*tiny_clear) == 4 * (16 * 16 * 3 + 16 * 16 * 4)
