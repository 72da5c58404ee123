"""Fixtures for every test."""

import gc
import importlib.util
import mmap
import os
from pathlib import Path

# On a CPU wherever they run, so that they test the same; `JAX_PLATFORMS=cuda pytest …` is how to see what an accelerator makes of them.
os.environ.setdefault("JAX_PLATFORMS", "cpu")


def knows(flag) -> bool:
    """Whether this version of XLA has a flag: one that it does not know ends the process."""
    library = Path(importlib.util.find_spec("jaxlib").origin).with_name("libjax_common.so")
    if not library.exists():
        return False
    with open(library, "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as read:
        return read.find(flag.encode()) >= 0


# Thousands of small programs run once each: most of the time would go into making them fast.
# Without the newer generator of fused loops they compile in half the time.
QUICK_TO_COMPILE = ("--xla_backend_optimization_level=0", "--xla_cpu_use_fusion_emitters=false")
if "XLA_FLAGS" not in os.environ:
    os.environ["XLA_FLAGS"] = " ".join(flag for flag in QUICK_TO_COMPILE if knows(flag[2:].split("=")[0]))

import jax  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402

from rlvis.checkpoints.checkpoint import Checkpoint  # noqa: E402
from rlvis.environments import EnvironmentSpecification, Moment, Transition, VectorEnvironment, register_environment  # noqa: E402
from rlvis.networks import build, describe, record  # noqa: E402
from rlvis.networks.stack import parameter_shapes  # noqa: E402
from rlvis.parallel.cores import usable_cores  # noqa: E402

SHARED = Path(__file__).resolve().parents[2] / "shared"
# Each takes a megabyte or two, and Python's garbage collector walks through all of them.
PROGRAMS_KEPT = 250
compiled = []
jax.monitoring.register_event_duration_secs_listener(lambda event, seconds, **_: compiled.append(seconds) if event.endswith("backend_compile_duration") else None)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Share all tests among the cores, where pytest-xdist is installed; a part of them is done sooner without processes to start.

    A file stays in one process: what its tests share is made once. Each takes two gigabytes; an accelerator is for one.
    """
    option = config.option
    everything = [Path(each).resolve() for each in config.args] == [Path(__file__).parent] and not option.keyword
    watched = option.usepdb or option.collectonly or option.capture == "no"
    free = config.pluginmanager.hasplugin("xdist") and not hasattr(config, "workerinput") and option.numprocesses is None
    if free and everything and not watched and os.environ["JAX_PLATFORMS"] == "cpu":
        option.numprocesses, option.dist, option.loadscopereorder = min(len(usable_cores()), 4), "loadfile", False


def pytest_collection_finish():
    """Let the garbage collector leave modules alone, and look at what is new less often: tracing makes many small objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 10)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item, nextitem):
    """Forget compiled programs between files where there are many."""
    if len(compiled) > PROGRAMS_KEPT and nextitem is not None and nextitem.path != item.path:
        jax.clear_caches()
        compiled.clear()


@pytest.fixture(scope="session", autouse=True)
def work_folder(tmp_path_factory) -> Path:
    """Where runs keep the results of their stages: not with the user's."""
    folder = tmp_path_factory.mktemp("work")
    os.environ["RLVIS_WORK_DIR"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real checkpoints and reference results beside the project, where there is one."""
    if not (SHARED / "models").is_dir():
        pytest.skip(f"the real checkpoints are not here: no folder {SHARED.name}/models beside the project")
    return SHARED


@pytest.fixture(scope="session")
def tiny_clear():
    """A narrow clear network on 16 × 16 observations, 5 actions, with parameters that make it bend: `(network, parameters)`."""
    return random_network("clear", (16, 16, 3), 5, channels=4)


@pytest.fixture(scope="session")
def tiny_impala():
    """A narrow IMPALA network on 16 × 16 observations, 5 actions: `(network, parameters)`."""
    return random_network("impala", (16, 16, 3), 5, channels=(4, 6), features=16)


@pytest.fixture(scope="session")
def tiny_observations() -> np.ndarray:
    """Three random observations, `(3, 16, 16, 3)` float32 in [0, 1]."""
    return np.random.default_rng(5).random((3, 16, 16, 3), np.float32)


# Step by step, each operation would be compiled by itself.
record_at_once = jax.jit(record, static_argnums=0, static_argnames="names")


def random_parameters(description, seed=6):
    """Parameters of ordinary size with biases that make the network bend; NumPy's, as compiling initializers takes longer than a test."""
    generator = np.random.default_rng(seed)

    def draw(part, shape):
        if part.endswith("bias"):
            return (0.1 * generator.standard_normal(shape)).astype(np.float32)
        return (generator.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:-1]))).astype(np.float32)

    return {layer: {part: draw(part, shape) for part, shape in group.items()} for layer, group in parameter_shapes(description).items()}


def random_network(name, *arguments, **options):
    """A named architecture with random parameters: `(network, parameters)`."""
    description = describe(name, *arguments, **options)
    return build(description), random_parameters(description)


class CorridorEnvironment(VectorEnvironment):
    """A corridor of eight cells, walked by an agent that starts in the third: 0 steps left, 1 steps right.

    The right end pays 1 and ends the episode, the left end pays −1 and ends it; a few random pixels show the seed.
    """

    observation_shape = (16, 16, 3)
    num_actions = 5
    action_names = ("LEFT", "RIGHT", "UP", "DOWN", "NOOP")

    def __init__(self, specification, num_envs, seed, human_frames=False, num_threads=None):
        self.num_envs = num_envs
        self.generators = [np.random.default_rng([seed, index]) for index in range(num_envs)]
        self.positions = np.full(num_envs, 2)
        self.human_frames = human_frames
        self.moment = self._look(np.ones(num_envs, bool))

    def observe(self):
        return self.moment

    def step(self, actions):
        self.positions = self.positions + np.where(actions == 0, -1, np.where(actions == 1, 1, 0))
        rewards = np.where(self.positions == 7, 1, np.where(self.positions == 0, -1, 0)).astype(np.float32)
        dones = rewards != 0
        self.positions = np.where(dones, 2, self.positions)
        self.moment = self._look(dones)
        return Transition(rewards, dones, np.zeros_like(dones), self.moment)

    def close(self):
        pass

    def _look(self, firsts):
        observations = np.zeros((self.num_envs, 16, 16, 3), np.uint8)
        for index, position in enumerate(self.positions):
            observations[index, 6:10, 2 * position : 2 * position + 2] = 255
            observations[index, :2] = self.generators[index].integers(0, 256, (2, 16, 3))
        frames = np.repeat(np.repeat(observations, 4, axis=1), 4, axis=2) if self.human_frames else None
        return Moment(observations, firsts, frames)


register_environment("corridor", CorridorEnvironment, lambda specification: CorridorEnvironment.action_names, version=lambda: "1")


@pytest.fixture(scope="session")
def corridor_agent(tiny_clear) -> Checkpoint:
    """An untrained agent in the corridor."""
    network, parameters = tiny_clear
    return Checkpoint(network, parameters, EnvironmentSpecification("corridor", "corridor"), CorridorEnvironment.action_names)


@pytest.fixture(scope="session")
def forgetful_agent() -> Checkpoint:
    """An untrained agent with a memory, in the corridor."""
    network, parameters = random_network("clear", (16, 16, 3), 5, channels=2, lstm=3)
    return Checkpoint(network, parameters, EnvironmentSpecification("corridor", "corridor"), CorridorEnvironment.action_names)
