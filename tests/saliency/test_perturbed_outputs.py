import jax
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import rlvis.saliency.perturbed_outputs as perturbed_outputs_module
from rlvis.memory_budget import memory_budget
from rlvis.networks.activation_sizes import activation_bytes
from rlvis.saliency.mask_groups import group_masks
from rlvis.saliency.masks import disc_masks
from rlvis.saliency.perturbed_outputs import (
    CACHED, FRAMES, MOST_FRAMES, batch_size, faded, frame_bytes, frames_together, head_bytes, perturbed_outputs,
)


def test_equals_one_pass_per_mask(bent, small_pictures):
    network, parameters = bent
    masks = disc_masks(8, 8, 3, 1.0).masks
    fill = np.zeros_like(small_pictures)
    outputs = perturbed_outputs(network, parameters, small_pictures, fill, group_masks(network, masks))
    forward = jax.jit(network)
    for frame, observation in enumerate(small_pictures):
        pictures = np.stack([observation * (1 - mask[..., None]) for mask in masks])
        expected = forward(parameters, pictures)
        assert_allclose(outputs.perturbed_logits[frame], expected.logits, atol=1e-5)
        assert_allclose(outputs.perturbed_value[frame], expected.value, atol=1e-5)
    assert_allclose(outputs.value, forward(parameters, small_pictures).value, atol=1e-5)


def test_small_batches_change_nothing(bent, small_pictures):
    network, parameters = bent
    masks = disc_masks(8, 8, 3, 1.0).masks
    whole = perturbed_outputs(network, parameters, small_pictures[:1], 0 * small_pictures[:1], group_masks(network, masks))
    pieces = perturbed_outputs(network, parameters, small_pictures[:1], 0 * small_pictures[:1], group_masks(network, masks), budget=5 * activation_bytes(network, parameters))
    assert_allclose(pieces.perturbed_logits, whole.perturbed_logits, atol=1e-6)


@pytest.mark.parametrize("backend", ["cpu", "gpu"])
@pytest.mark.parametrize("local", [False, True])
def test_frames_together_give_what_each_gives(bent, remembering, small_pictures, monkeypatch, local, backend):
    masks, pictures = disc_masks(8, 8, 3, 1.0).masks, np.concatenate([small_pictures, small_pictures[:, ::-1]])[:4]
    for network, parameters in (bent, remembering):
        groups = group_masks(network, masks, local)
        state = jax.tree.map(lambda part: part + np.linspace(-1, 1, 4, dtype=np.float32)[:, None], network.initial_state(4)) if network.recurrent else None
        results = []
        # One at a time, and a number that is no divisor of how many there are.
        for frames, loops in ((1, "cpu"), (3, backend)):
            with monkeypatch.context() as patch:
                patch.setattr(perturbed_outputs_module, "frames_together", lambda *arguments, frames=frames: frames)
                patch.setattr(jax, "default_backend", lambda loops=loops: loops)
                perturbed_outputs_module._compile.cache_clear()
                results.append(perturbed_outputs(network, parameters, pictures, 0 * pictures, groups, state, 0.5))
                perturbed_outputs_module._compile.cache_clear()
        for one, other in zip(*(vars(each).values() for each in results), strict=True):
            assert_allclose(other, one, atol=1e-6)


def test_frames_come_together_where_there_is_room(monkeypatch):
    assert [frames_together(1e6, size, 10**9) for size in (0, 1e6, 4e8, 1e10)] == [FRAMES, FRAMES, 2, 1]
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert [frames_together(size, 0, 10**9) for size in (1e6, 1e8, 1e10)] == [MOST_FRAMES, 10, 1]
    assert frames_together(1e6, 1e8, 10**9) == 10


def test_the_budget_is_kept(bent):
    network, parameters = bent
    one = activation_bytes(network, parameters)
    assert one >= 4 * (8 * 8 * 2 + 4 * 4 * 3)
    assert batch_size(256, one, 5 * one) == 5
    assert batch_size(256, one, 300 * one) == 256
    assert batch_size(256, one / 2, 5 * one) == 10
    assert batch_size(6, one, 5 * one) == 3
    assert batch_size(256, one, 1) == 1


def test_a_frame_gets_its_share_of_the_memory_budget(monkeypatch):
    monkeypatch.setattr(perturbed_outputs_module, "worker_count", lambda: 4)
    # A sixth of 2.4 GB for batches, a quarter of that for each of four frames.
    assert frame_bytes(memory_budget(2.4)) == 100_000_000
    # What a core's cache holds on a CPU, all of it elsewhere.
    assert batch_size(2**20, 1024, 100_000_000) == CACHED // 1024
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert 90_000 < batch_size(2**20, 1024, 100_000_000) <= 100_000_000 // 1024


def test_dense_layers_take_what_follows_the_last_convolution(bent, remembering):
    # Activations of 4 × 4 × 3 and their changes, then four numbers with up to four gates each.
    assert head_bytes(*bent) == head_bytes(*remembering) == 4 * (2 * 48 + 4 * 4)


def test_too_little_memory_for_all_masks_changes_nothing(bent, remembering, small_pictures):
    for network, parameters in (bent, remembering):
        groups = group_masks(network, disc_masks(8, 8, 3, 1.0).masks)
        together, apart = (perturbed_outputs(network, parameters, small_pictures, 0 * small_pictures, groups, budget=budget) for budget in (None, head_bytes(network, parameters)))
        assert_allclose(apart.perturbed_logits, together.perturbed_logits, atol=1e-6)
        assert_allclose(apart.perturbed_value, together.perturbed_value, atol=1e-6)


def test_memory_fades_where_it_is_kept():
    state = {"lstm": {"c": np.ones(2), "h": np.ones(2)}, "gru": {"h": np.ones(2)}}
    after = faded(state, 0.25)
    assert_array_equal(after["lstm"]["c"], [0.75, 0.75])
    assert_array_equal(after["lstm"]["h"], [1, 1])
    assert_array_equal(after["gru"]["h"], [0.75, 0.75])
    assert faded(state, 0) is state and faded(None, 0.5) is None


def test_faded_memory_changes_only_perturbed_passes(remembering, small_pictures):
    network, parameters = remembering
    observations = small_pictures[:2]
    state = jax.tree.map(lambda part: part + 0.5, network.initial_state(2))
    nothing = np.zeros((1, 8, 8), np.float32)
    kept = perturbed_outputs(network, parameters, observations, observations, group_masks(network, nothing), state)
    fading = perturbed_outputs(network, parameters, observations, observations, group_masks(network, nothing), state, memory_decay=0.5)
    assert_allclose(kept.perturbed_logits[:, 0], kept.logits, atol=1e-6)
    assert_allclose(fading.logits, kept.logits, atol=1e-6)
    assert np.abs(fading.perturbed_logits[:, 0] - kept.logits).max() > 1e-3
