"""Any Gymnasium environment with pictures as observations and numbered actions, as a `VectorEnvironment`."""

from collections.abc import Callable, Sequence

import gymnasium
import numpy as np
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv

from rlvis.environments.checks import checked_actions, checked_number
from rlvis.environments.frame_stack import stack_frames
from rlvis.environments.specification import EnvironmentKind
from rlvis.environments.vector import Moment, Transition, VectorEnvironment
from rlvis.errors import EnvironmentFailure

# Beside Gymnasium's own, known to reset only those of its environments that `reset_mask` names, whatever its mode.
_RESETS_BY_MASK = ("AtariVectorEnv",)


class GymnasiumEnvironment(VectorEnvironment):
    """A Gymnasium vector environment, in any autoreset mode, with the idle steps of that mode taken out.

    Args:
        environment: a vector environment. In the mode NEXT_STEP only Gymnasium's own and ale-py's, because others
            cannot be relied on to begin a new episode in one of their environments alone.
        seed: given to its first reset.
        channels_first: whether observations are `(C, H, W)`; None: they are if their first axis is shorter than their last.
        action_names: A names; None: those the environment knows, else "ACTION 0", ….
        human_frames: also give its rendered pictures; it must have been made with render_mode="rgb_array".

    Raises:
        EnvironmentFailure: for observations that are no pictures, actions that are not numbered, or an unusable mode.
    """

    def __init__(self, environment: gymnasium.vector.VectorEnv, seed: int, *, channels_first: bool | None = None, action_names: Sequence[str] | None = None, human_frames: bool = False):
        self._environment = environment
        self._mode = _autoreset_mode(environment)
        self.num_envs = environment.num_envs
        self._to_image, self.observation_shape = _image_conversion(environment.single_observation_space, channels_first)
        self.num_actions, self._first_action = _numbered_actions(environment.single_action_space)
        self.action_names = _names(environment, action_names, self.num_actions)
        self._human_frames = human_frames
        if human_frames and environment.render_mode != "rgb_array":
            raise EnvironmentFailure(f"human-resolution frames need an environment made with render_mode='rgb_array', this one has {environment.render_mode!r}")
        observations, _ = environment.reset(seed=checked_number("seed", seed, 0))
        self._moment = self._make_moment(observations, np.ones(self.num_envs, bool))

    def observe(self) -> Moment:
        return Moment(*(None if part is None else part.copy() for part in (self._moment.observations, self._moment.firsts, self._moment.frames)))

    def step(self, actions) -> Transition:
        if self._environment is None:
            raise EnvironmentFailure("the environment has been closed")
        actions = checked_actions(actions, self.num_envs, self.num_actions)
        observations, rewards, terminated, truncated, infos = self._environment.step(actions + self._first_action)
        terminated, truncated, rewards = np.array(terminated, bool), np.array(truncated, bool), np.array(rewards, np.float32)
        dones = terminated | truncated
        if self._mode != AutoresetMode.SAME_STEP and dones.any():
            observations, _ = self._environment.reset(options={"reset_mask": dones.copy()})
        self._moment = self._make_moment(observations, dones)
        return Transition(rewards, terminated, truncated & ~terminated, self.observe(), _numeric(infos, self.num_envs))

    def _make_moment(self, observations, firsts):
        frames = np.stack([np.asarray(picture, np.uint8) for picture in self._environment.render()]) if self._human_frames else None
        return Moment(self._to_image(np.asarray(observations)), firsts, frames)

    def close(self) -> None:
        if self._environment is not None:
            self._environment.close()
            self._environment = None


def adapt_environments(make: Callable[[], gymnasium.Env], num_envs: int, seed: int, *, time_limit: int | None = None, **arguments) -> GymnasiumEnvironment:
    """N environments, each made by a function, stepped one after the other in this process.

    Args:
        make: makes one environment.
        num_envs: N.
        seed: the first one's; the others' follow it.
        time_limit: steps after which an episode is cut.
        arguments: as for `GymnasiumEnvironment`.
    """
    checked_number("num_envs", num_envs, 1)
    limit = None if time_limit is None else checked_number("time_limit", time_limit, 1)

    def limited():
        return make() if limit is None else gymnasium.wrappers.TimeLimit(make(), limit)

    return GymnasiumEnvironment(SyncVectorEnv([limited] * num_envs, autoreset_mode=AutoresetMode.SAME_STEP), seed, **arguments)


def _autoreset_mode(environment):
    mode = environment.metadata.get("autoreset_mode")
    if mode is None:
        raise EnvironmentFailure("the vector environment does not say how it resets (metadata['autoreset_mode']); make it with Gymnasium 1.1 or later")
    mode, inner = AutoresetMode(mode), environment.unwrapped
    if mode == AutoresetMode.NEXT_STEP and not isinstance(inner, (SyncVectorEnv, AsyncVectorEnv)) and type(inner).__name__ not in _RESETS_BY_MASK:
        raise EnvironmentFailure(f"{type(inner).__name__} resets in the step after an episode's end; make it with autoreset_mode SAME_STEP or DISABLED")
    return mode


def _image_conversion(space, channels_first):
    shape = getattr(space, "shape", None) or ()
    if not isinstance(space, (gymnasium.spaces.Box, gymnasium.spaces.MultiBinary)) or len(shape) not in (2, 3, 4):
        raise EnvironmentFailure(f"expected pictures (H, W), (H, W, C), (C, H, W) or (K, H, W, C) as observations, got {space}")
    dtype = bool if isinstance(space, gymnasium.spaces.MultiBinary) else space.dtype
    if len(shape) == 2:
        return (lambda batch: np.array(batch[..., None], dtype)), (*shape, 1)
    if len(shape) == 4:
        stack, height, width, channels = shape
        return (lambda batch: np.array(np.moveaxis(batch, 1, 3), dtype).reshape(-1, height, width, stack * channels)), (height, width, stack * channels)
    if shape[0] < shape[2] if channels_first is None else channels_first:
        return (lambda batch: np.array(np.moveaxis(batch, 1, -1), dtype, order="C")), (shape[1], shape[2], shape[0])
    return (lambda batch: np.array(batch, dtype)), tuple(shape)


def _numbered_actions(space):
    if not isinstance(space, gymnasium.spaces.Discrete):
        raise EnvironmentFailure(f"expected numbered (discrete) actions, got {space}")
    return int(space.n), int(space.start)


def _names(environment, given, count):
    if given is None:
        inner = getattr(environment, "envs", None)
        meanings = getattr(inner[0].unwrapped, "get_action_meanings", None) if inner else None
        given = meanings() if meanings else [f"ACTION {number}" for number in range(count)]
    if len(given) != count:
        raise EnvironmentFailure(f"the environment has {count} actions, but {len(given)} action names were given")
    return tuple(map(str, given))


def _numeric(infos, num_envs):
    arrays = {name: value for name, value in infos.items() if isinstance(value, np.ndarray) and value.dtype.kind in "biuf"}
    return {name: value.copy() for name, value in arrays.items() if value.shape[:1] == (num_envs,) and not name.startswith("_")}


def _make(specification, num_envs, seed, *, human_frames=False, num_threads=None):
    options = dict(specification.options)
    frame_stack = options.pop("frame_stack", 1)
    own = {name: options.pop(name) for name in ("time_limit", "channels_first", "action_names") if name in options}
    if ":" in specification.name:
        raise EnvironmentFailure(f"the environment {specification.name!r} would import a module; import it yourself and leave out what is before the colon")
    try:
        environment = adapt_environments(lambda: gymnasium.make(specification.name, render_mode="rgb_array" if human_frames else None, **options), num_envs, seed, human_frames=human_frames, **own)
    except (gymnasium.error.Error, TypeError) as error:
        raise EnvironmentFailure(f"Gymnasium cannot make {specification.name}: {error}") from error
    return stack_frames(environment, frame_stack)


KIND = EnvironmentKind(make=_make)
