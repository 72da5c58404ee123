"""Perturbation saliency: hide one place after another and see how much the outputs change."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rlvis.errors import OptionError
from rlvis.memory_budget import DEFAULT, memory_budget
from rlvis.options import option
from rlvis.saliency import aggregation
from rlvis.saliency.blur import gaussian_blur
from rlvis.saliency.mask_groups import group_masks
from rlvis.saliency.masks import MASKS, MaskSet
from rlvis.saliency.method import SaliencyMethod
from rlvis.saliency.normalization import stretch_map
from rlvis.saliency.perturbed_outputs import FRAMES, frame_bytes, perturbed_outputs
from rlvis.saliency.scores import SCORES, SIGNED_SCORES

PERTURBATIONS, FILLS, AGGREGATES = ("occlude", "searchlight"), ("blur", "black", "mean"), ("grid", "mask", "rise")


@dataclass(frozen=True)
class PerturbationOptions:
    """What is hidden, by what, and how the change is measured."""

    perturb: str = option("occlude", "occlude: replace the masked place; searchlight: replace everything else")
    masks: str = option("disc", "shape of the masks: disc (Greydanus), radial or window (XAITK), random (RISE)")
    stride: int = option(5, "pixels between masks", minimum=1)
    radius: float = option(5.0, "standard deviation of the masks' soft edge in pixels; radial masks: radius")
    window: int = option(10, "side of window masks in pixels", minimum=1)
    mask_count: int = option(500, "number of random masks", minimum=1)
    mask_cells: int = option(8, "cells along each side of random masks", minimum=1)
    keep: float = option(0.5, "share of a picture that random masks keep")
    seed: int = option(0, "seed of random masks", minimum=0)
    fill: str = option("blur", "what replaces the masked place: blur (of the frame itself), black, or mean (colour of the frame)")
    fill_sigma: float = option(3.0, "standard deviation of that blur in pixels")
    frames: str = option("all", "all: perturb every frame of a stack; last: only the newest")
    frame_stack: int = option(1, "frames in an observation, newest last; needed for frames=last", minimum=1)
    memory_decay: float = option(0.0, "share by which a recurrent network's cells fade in perturbed passes")
    score: str = option("squared", "squared, difference, probability, or sarfa")
    aggregate: str = option("grid", "grid: interpolate between masks' centres; mask: mean over the masks that cover a pixel; rise: covariance with being hidden")
    stretch: bool = option(False, "stretch each map to [0, 1], as XAITK does; signed maps are divided by their largest magnitude")
    local: bool = option(True, "recompute only what a mask can change, where that is faster; the result is the same")
    memory_budget: float = option(DEFAULT, "gigabytes that a process may use; a frame's perturbed pictures get a share of them", resource=True)
    compat_stale_memory: bool = option(False, "pair each frame with the memory of the step before, as the published Greydanus code does")
    compat_dead_border: bool = option(False, "one row and column of zeros at the grid's end, as there")
    compat_byte_scaled_resize: bool = option(False, "enlarge the grid as bytes, as there")
    compat_red_channel_blur: bool = option(False, "blur only the first channel, as a later published copy of it does")

    def __post_init__(self):
        for name, choices in (("perturb", PERTURBATIONS), ("masks", tuple(MASKS)), ("fill", FILLS), ("frames", ("all", "last")), ("score", tuple(SCORES)), ("aggregate", AGGREGATES)):
            if getattr(self, name) not in choices:
                raise OptionError(f"perturbation option {name} is {getattr(self, name)!r}; there are {', '.join(choices)}")
        if not 0 <= self.memory_decay <= 1:
            raise OptionError(f"memory_decay is a share from 0 to 1, got {self.memory_decay}")
        if self.aggregate == "grid" and self.masks == "random":
            raise OptionError("random masks lie on no grid; choose aggregate mask or rise")


@dataclass(frozen=True)
class SarfaOptions(PerturbationOptions):
    """As for perturbation, scored by SARFA."""

    score: str = option("sarfa", "squared, difference, probability, or sarfa")


@dataclass(frozen=True)
class OcclusionOptions(PerturbationOptions):
    """As for perturbation, with hard windows, signed."""

    masks: str = option("window", "shape of the masks: disc (Greydanus), radial or window (XAITK), random (RISE)")
    score: str = option("difference", "squared, difference, probability, or sarfa")
    aggregate: str = option("mask", "grid, mask or rise")


@dataclass(frozen=True)
class RiseOptions(PerturbationOptions):
    """As for perturbation, with random masks."""

    masks: str = option("random", "shape of the masks: disc (Greydanus), radial or window (XAITK), random (RISE)")
    fill: str = option("black", "what replaces the masked place: blur (of the frame itself), black, or mean (colour of the frame)")
    score: str = option("difference", "squared, difference, probability, or sarfa")
    aggregate: str = option("rise", "grid, mask or rise")


def perturbation(network, parameters, observations, state, targets, options: PerturbationOptions) -> np.ndarray:
    """Maps of how much each place matters: `S_ij = ½ ‖u(x) − u(x')‖²`, `x' = x + M_ij ⊙ (A(x) − x)`.

    Args, Returns: as `SaliencyMethod.maps`; maps have the observation's size. A `state` paired with the wrong frames
        (`compat_stale_memory`) is the caller's to give: frames in a batch need not follow one another.

    Source: Greydanus et al. 2018, section 3.1; Puri et al. 2020 for SARFA's score.
    """
    masks = make_masks(*observations.shape[1:3], options)
    groups = _cached_groups(network, masks, options.perturb == "searchlight", options.local)
    outputs = perturbed_outputs(network, parameters, observations, fill_pictures(observations, options), groups, state, options.memory_decay, frame_bytes(memory_budget(options.memory_budget)))
    return np.stack([aggregate(SCORES[options.score](outputs, target), masks, options) for target in targets])


def fill_pictures(observations: np.ndarray, options: PerturbationOptions) -> np.ndarray:
    """What replaces a masked place, `(N, H, W, C)` like the observations."""
    match options.fill:
        case "blur":
            fill = gaussian_blur(observations, options.fill_sigma)
        case "mean":
            fill = np.broadcast_to(observations.mean(axis=(1, 2), keepdims=True), observations.shape)
        case _:
            fill = np.zeros_like(observations)
    touched = np.ones(observations.shape[-1], bool)
    if options.frames == "last":
        if len(touched) % options.frame_stack:
            raise OptionError(f"observations of {len(touched)} channels cannot be a stack of {options.frame_stack} frames")
        touched[: len(touched) - len(touched) // options.frame_stack] = False
    if options.compat_red_channel_blur:
        touched[1:] = False
    return fill if touched.all() else np.where(touched, fill, observations)


def make_masks(height: int, width: int, options: PerturbationOptions) -> MaskSet:
    """The masks that the options describe, built once."""
    used = {
        "disc": (options.stride, options.radius),
        "radial": ((options.radius, options.radius), (options.stride, options.stride)),
        "window": ((options.window, options.window), (options.stride, options.stride)),
        "random": (options.mask_count, options.mask_cells, options.keep, options.seed),
    }
    return _cached_masks(options.masks, height, width, *used[options.masks])


@lru_cache(maxsize=8)
def _cached_masks(kind, *arguments):
    return MASKS[kind](*arguments)


@lru_cache(maxsize=8)
def _cached_groups(network, masks, inverted, local):
    return group_masks(network, 1 - masks.masks if inverted else masks.masks, local)


def aggregate(scores: np.ndarray, masks: MaskSet, options: PerturbationOptions) -> np.ndarray:
    """One map `(N, H, W)` from scores `(N, K)`."""
    match options.aggregate:
        case "mask":
            maps = aggregation.weight_by_masks(scores, masks)
        case "rise":
            maps = aggregation.weight_randomly(scores, masks)
        case _ if options.compat_dead_border or options.compat_byte_scaled_resize:
            maps = aggregation.published_resize(scores, masks, options.compat_dead_border, options.compat_byte_scaled_resize)
        case _:
            maps = aggregation.interpolate_grid(scores, masks)
    if not options.stretch:
        return maps
    if is_signed(options):
        largest = np.abs(maps).max(axis=(1, 2), keepdims=True)
        return maps / np.where(largest > 0, largest, 1)
    return stretch_map(maps)


def is_signed(options: PerturbationOptions) -> bool:
    """Whether maps can be negative."""
    return options.score in SIGNED_SCORES or options.aggregate == "rise"


_ACTIONS = ("policy", "logit", "group")

PERTURBATION_METHODS = (
    SaliencyMethod("perturbation", "perturbation", perturbation, PerturbationOptions, signed=is_signed, source="Greydanus et al. 2018", most_frames=FRAMES),
    SaliencyMethod("sarfa", "SARFA", perturbation, SarfaOptions, _ACTIONS, is_signed, "Puri et al. 2020", most_frames=FRAMES),
    SaliencyMethod("occlusion", "sliding-window occlusion", perturbation, OcclusionOptions, ("value", "logit", "group"), is_signed, "Zeiler and Fergus 2014", most_frames=FRAMES),
    SaliencyMethod("rise", "RISE", perturbation, RiseOptions, ("value", "logit", "group"), is_signed, "Petsiuk et al. 2018", most_frames=FRAMES),
)
