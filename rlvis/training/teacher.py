"""A trained agent for another to imitate at first ("kickstarting", Schmitt et al. 2018)."""

from collections.abc import Mapping
from dataclasses import dataclass

from rlvis.errors import OptionError
from rlvis.networks import Network
from rlvis.training.agent_file import load_agent
from rlvis.training.options import TrainingOptions


@dataclass(frozen=True)
class Teacher:
    """An agent that is no longer trained: its network and parameters."""

    network: Network
    parameters: Mapping


def load_teacher(path: str | None, student: Network) -> Teacher | None:
    """The agent in a checkpoint; `None` for no path.

    Raises:
        CheckpointError: if the file cannot be read.
        OptionError: if it sees or does something else than the student.
    """
    if path is None:
        return None
    agent = load_agent(path, "the teacher", student.observation_shape, student.num_actions)
    if agent.network.recurrent:
        raise OptionError(f"the teacher {path} is recurrent; only agents without memory can teach")
    return Teacher(agent.network, agent.parameters)


def teacher_weight(options: TrainingOptions, steps: int) -> float:
    """The weight of imitation after that many steps: it falls linearly to 0 over `teacher_steps`."""
    if options.teacher is None:
        return 0.0
    return options.teacher_coefficient * max(0.0, 1 - steps / options.teacher_steps)
