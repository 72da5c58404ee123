from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.attribution.targets import VALUE
from rlvis.environments import EnvironmentSpecification
from rlvis.errors import OptionError, RolloutError
from rlvis.saliency import METHODS, POLICY, register_saliency_method
from rlvis.saliency_video import clip
from rlvis.saliency_video.legend import LINE
from rlvis.saliency_video.options import SaliencyVideoOptions


@pytest.fixture
def brightness():
    def explain(network, parameters, observations, state, targets, options):
        return np.stack([observations.mean(axis=-1) * (1 + len(target.id)) for target in targets])

    yield register_saliency_method("brightness", explain, label="brightness", target_kinds=("value", "policy"))
    del METHODS["brightness"]


@pytest.fixture
def written(monkeypatch):
    """The frames that would have been written."""
    frames = []

    class Writer:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        write = staticmethod(frames.append)

    monkeypatch.setattr(clip, "frame_writer", lambda path, fps: Writer())
    return frames


OPTIONS = SaliencyVideoOptions(methods=("brightness",), frames=3, start=2, height=32)


def test_maps_are_light_on_the_observation(corridor_agent, brightness, written):
    options = replace(OPTIONS, picture="observation", legend=False, intensity=100.0, scale="frame", height=16)
    clip.make_video(corridor_agent, "clip.gif", options, quiet=True)
    trajectory = clip.play(corridor_agent, options, quiet=True)
    assert len(written) == 3
    for number, frame in enumerate(written):
        observation = trajectory.observations[2 + number].astype(np.float32)
        light = observation.mean(axis=-1) / observation.mean(axis=-1).max()
        expected = observation + 100 * light[..., None] * np.array([1, 0, 1])
        assert_allclose(frame, np.minimum(expected, 255), atol=0.51)


def test_panels_stand_side_by_side_over_the_legend(corridor_agent, brightness, written):
    register_saliency_method("darkness", lambda network, parameters, observations, state, targets, options: 1 - np.stack([observations[..., 0]]), target_kinds=("value",))
    clip.make_video(corridor_agent, "clip.gif", replace(OPTIONS, methods=("brightness", "darkness")), quiet=True)
    del METHODS["darkness"]
    # The corridor's own pictures are 64 × 64.
    assert [frame.shape for frame in written] == [(LINE + 64 + 2 * LINE, 128, 3)] * 3
    assert (written[0] != written[1]).any()


def test_scales_and_memory(forgetful_agent, brightness):
    options = replace(OPTIONS, frames=4)
    trajectory = clip.play(forgetful_agent, options, quiet=True)
    maxima = {}
    for scale in ("clip", "frame"):
        maps = clip.explain(forgetful_agent, brightness, brightness.options(), trajectory, slice(2, 6), [POLICY], replace(options, scale=scale), quiet=True)["policy"]
        assert maps.shape == (4, 16, 16)
        maxima[scale] = maps.max(axis=(1, 2))
    assert_allclose(maxima["frame"], 1)
    assert_allclose(np.median(maxima["clip"]), 1)


def test_settings_reach_their_methods():
    options = SaliencyVideoOptions(methods=("perturbation", "sarfa", "gradient"), method_options=("sarfa.stride=4", "radius=2.0", "channels=sum"))
    (_, perturbation), (_, sarfa), (_, gradient) = clip.choose(options)
    assert (perturbation.stride, sarfa.stride, perturbation.radius, sarfa.radius, gradient.channels) == (5, 4, 2.0, 2.0, "sum")
    with pytest.raises(OptionError, match="METHOD.NAME=VALUE"):
        clip.choose(SaliencyVideoOptions(methods=("gradient",), method_options=("gradient.stride=4",)))


def test_the_cropped_part_is_known(corridor_agent):
    assert clip.seen_part(corridor_agent) is None
    atari = replace(corridor_agent, environment=EnvironmentSpecification("atari", "Pong", {"preprocessing": "baby_a3c"}))
    assert clip.seen_part(atari) == (35, 195, 0, 160)


def test_a_panel_says_what_it_leaves_out(brightness):
    assert clip.panel_title(brightness, (VALUE, POLICY)) == "brightness"
    assert clip.panel_title(replace(brightness, target_kinds=("value",)), (VALUE, POLICY)) == f"brightness: {VALUE.label} only"


def test_what_cannot_be_done_is_said_before_anything_is_played(corridor_agent, brightness):
    with pytest.raises(RolloutError, match="--env"):
        clip.make_video(replace(corridor_agent, environment=None), "clip.gif", OPTIONS, quiet=True)
    with pytest.raises(OptionError, match="explains none of"):
        clip.make_video(corridor_agent, "clip.gif", replace(OPTIONS, outputs=("logit:1",)), quiet=True)
    with pytest.raises(OptionError, match="unknown output"):
        clip.make_video(corridor_agent, "clip.gif", replace(OPTIONS, outputs=("logit:99",)), quiet=True)
