"""Everything the main job can be told: one dataclass per subject; the help of each field is the command line's help.

Names are those of the published reference's keyword arguments where it has the feature (Hilton et al. 2020, code).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from types import UnionType
from typing import Any, Union, get_args, get_origin

from rlvis.errors import OptionError
from rlvis.memory_budget import DEFAULT


def option(default, help, **extra):
    """A dataclass field with its documentation."""
    return field(default=default, metadata={"help": help, **extra})


@dataclass(frozen=True)
class LoadOptions:
    """Where rollouts come from and go to."""

    resample: bool = option(True, "play the agent; otherwise use the rollouts at trajectories_path")
    trajectories_path: str | None = option(None, "file of rollouts: written after playing, read when resample is off")
    full_resolution: bool = option(False, "also record human-resolution frames and show them")


@dataclass(frozen=True)
class TrajectoryOptions:
    """The trajectories to show."""

    num_envs: int = option(8, "number of trajectories", minimum=1)
    num_steps: int = option(512, "steps in each", minimum=1)


@dataclass(frozen=True)
class ObservationOptions:
    """The additional observations from which features are found and shown."""

    num_envs: int = option(32, "environments to play for them", minimum=1)
    num_obs: int = option(128, "observations kept from each", minimum=1)
    obs_every: int = option(128, "steps between kept observations", minimum=1)


@dataclass(frozen=True)
class LayerOptions:
    """The hidden layers to attribute to."""

    name_contains_one_of: tuple[str, ...] | None = option(None, "only layers whose name contains one of these")
    op_is_one_of: tuple[str, ...] | None = option(None, "only layers after these operations (relu, residual, …); default: residual blocks' outputs where there are any, else activation functions")
    bottleneck_only: bool = option(True, "only layers that every path from output to input crosses")
    discard_first_n: int = option(0, "leave out that many of the first layers", minimum=0)


@dataclass(frozen=True)
class RunOptions:
    """What `rlvis run` does."""

    load: LoadOptions = field(default_factory=LoadOptions)
    trajectories: TrajectoryOptions = field(default_factory=TrajectoryOptions)
    observations: ObservationOptions = field(default_factory=ObservationOptions)
    layers: LayerOptions = field(default_factory=LayerOptions)
    beside: object = option(None, "a second agent's checkpoint: it is shown what the first one saw, and what it thinks (value, policy, how far the two are apart) and looks at (its own layers, the same saliency methods) stands beside; both have to take the same observations and have the same actions; --trust-frames judges the first one's maps only", shown_apart=True)
    seed: int = option(0, "seed of everything random; the same seed gives the same bytes", minimum=0)
    input_layer_include: bool = option(False, "also show gradients with respect to the observation itself")
    input_layer_name: str = option("input", "what to call that layer")
    gae_gamma: float | None = option(None, "discount for the advantages; default: the checkpoint's, else 0.999")
    gae_lambda: float | None = option(None, "λ for the advantages; default: the checkpoint's, else 0.95")
    trajectory_bookmarks: int = option(16, "bookmarks of each sign", minimum=0)
    nmf_features: int | None = option(8, "features per layer; 0: one per channel", minimum=0)
    nmf_attr_integrate_steps: int | None = option(None, "integration steps for finding the features; default: at most 4 with the graded rule, which is as good as more, else attr_integrate_steps", minimum=1)
    attr_integrate_steps: int = option(8, "integration steps of the attributions", minimum=1)
    attr_integrate_rule: str = option("graded", "integration rule: graded, gauss, midpoint, or right (the reference's, with 10 steps)")
    attr_max_paths: int | None = option(None, "multi-path attribution over at most that many paths; 0: all paths; default: off", minimum=0)
    attr_memory: bool = option(False, "for agents with a memory: attribute to the memory fed with each frame too, along one path from zero activations and zero memory, and show its share; default: memory is held fixed")
    attr_through_time: int = option(0, "for agents with a memory: also attribute to the layer in the last so many frames, memory before them held fixed; takes that many times as long as attribution to one frame, and needs more integration steps (see the completeness error on the page); 0: off", minimum=0)
    attr_policy: bool = option(False, "also attribute every action's logit and every group's sum")
    attr_outputs: tuple[str, ...] = option((), "also attribute these outputs, such as logit:3 or group:right")
    saliency_methods: tuple[str, ...] = option((), "also show saliency of pixels by these methods: perturbation, sarfa, occlusion, rise, jacobian, gradient, gradient_times_input, smooth_gradient, input_integrated_gradients, grad_cam, attention")
    trust_frames: int = option(0, "also judge the maps by insertion and deletion, and by randomizing the network, on that many frames; 0: not", minimum=0)
    vis_subdiv_mults: tuple[float, ...] = option((0.25, 0.5, 1, 2), "densities of the patch mosaics")
    optimize_features: bool = option(False, "also visualize features by optimization (slow)")
    optimize_steps: int = option(512, "steps of that optimization", minimum=1)
    video_speed: float = option(12, "frames per second at first")
    scrubber_visible_duration: int = option(256, "frames visible on the scrubber at first", minimum=8)
    scrub_range: tuple[float, float] = option((42 / 64, 44 / 64), "the columns of a frame shown in the strip")
    attribution_weight: float = option(0.9, "opacity of attribution over the observation")
    feature_names: str | None = option(None, "file of names for features, as a page exports it")
    attribution_levels: int = option(10, "levels between zero and full colour that attribution is stored with: with 10, strong cells are off by 9 % on average; with 25, by 3 % in 1.7 times the bytes; with 100, by 0.8 % in 3.2 times; sums are exact", minimum=2, maximum=500)
    batch_size: int | None = option(None, "frames per batch of attribution; default: 32 on a CPU, 256 on an accelerator, fewer where they do not fit", minimum=1)
    single_file: bool = option(False, "write everything into interface.html")
    title: str | None = option(None, "title of the page")
    memory_budget: float = option(DEFAULT, "gigabytes that a process may use for its work, beyond the one or so that Python, JAX and compiled programs take; less makes batches smaller and leaves more in files ($TMPDIR, else /var/tmp)", resource=True)
    reuse: bool = option(True, "keep the results of stages in files, and reuse those that earlier runs kept", resource=True)
    work_dir: str | None = option(None, "folder of these files; default: $RLVIS_WORK_DIR, else stages in rlvis's cache folder", resource=True)
    work_limit: float = option(8.0, "gigabytes that they may take; the least recently used are removed", minimum=0, resource=True)
    saliency_options: Mapping[str, Mapping[str, Any]] | None = field(default=None, metadata={"help": "options of saliency methods, by method", "python_only": True})
    action_group_fns: Mapping[str, Callable[[str], bool] | Sequence[int]] | None = field(default=None, metadata={"help": "groups of actions by name: a function of the action's name, or action numbers", "python_only": True})


def make_options(kind, values: Mapping[str, Any]):
    """An options dataclass from keyword arguments, nested ones given as mappings.

    Raises:
        OptionError: for an unknown name, with the nearest known one, and for a value of the wrong type or size.
    """
    known = {item.name: item for item in fields(kind)}
    for name in values:
        if name not in known:
            near = get_close_matches(name, known, 1)
            suggestion = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            raise OptionError(f"unknown option {name!r}; {suggestion}")
    return kind(**{name: _checked(known[name], value) for name, value in values.items()})


def _checked(item, value):
    if is_dataclass(item.type):
        return value if isinstance(value, item.type) else make_options(item.type, value)
    if _is_tuple(item.type) and isinstance(value, (str, list)):
        value = (value,) if isinstance(value, str) else tuple(value)
    if not _accepts(item.type, value):
        expected = item.type.__name__ if isinstance(item.type, type) else str(item.type)
        raise OptionError(f"option {item.name} must be {expected.replace('tuple', 'a list')}, got {value!r}")
    minimum, maximum = item.metadata.get("minimum"), item.metadata.get("maximum")
    if minimum is not None and value is not None and value < minimum:
        raise OptionError(f"option {item.name} must be at least {minimum}, got {value}")
    if maximum is not None and value is not None and value > maximum:
        raise OptionError(f"option {item.name} must be at most {maximum}, got {value}")
    return value


def _is_tuple(kind):
    return get_origin(kind) is tuple or any(get_origin(part) is tuple for part in get_args(kind))


def _accepts(kind, value):
    if get_origin(kind) in (Union, UnionType):
        return any(_accepts(part, value) for part in get_args(kind))
    if get_origin(kind) is tuple:
        parts = get_args(kind)
        several = parts[1:] == (...,)
        return isinstance(value, tuple) and (several or len(value) == len(parts)) and all(_accepts(parts[0], part) for part in value)
    if kind in (int, float):
        return isinstance(value, (int, kind)) and not isinstance(value, bool)
    return isinstance(value, get_origin(kind) or kind)
