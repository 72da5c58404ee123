"""rlvis's own checkpoints: the description is in the file."""

from collections.abc import Mapping

from rlvis.checkpoints.contents import Contents
from rlvis.checkpoints.conventions import CONVENTIONS
from rlvis.checkpoints.interpretation import Interpretation, Preset, Request
from rlvis.environments.specification import EnvironmentSpecification
from rlvis.errors import CheckpointError, RlvisError
from rlvis.networks.stack import StackDescription


def recognise(contents: Contents) -> bool:
    """A file of rlvis's own format."""
    return contents.format == "rlvis"


def interpret(contents: Contents, _: Request) -> Interpretation:
    """What the header says."""
    header = contents.metadata.get("rlvis")
    if not isinstance(header, Mapping) or not isinstance(header.get("network"), Mapping):
        raise CheckpointError("the header says that this is a checkpoint of rlvis's, but describes no network; the file is damaged")
    try:
        environment = header.get("environment")
        return Interpretation(
            StackDescription.from_json(header["network"]),
            convention=CONVENTIONS["rlvis"],
            environment=None if environment is None else EnvironmentSpecification.from_json(environment),
            action_names=tuple(map(str, header.get("action_names", ()))),
            gamma=float(header.get("gamma", 0.999)),
            gae_lambda=float(header.get("gae_lambda", 0.95)),
            notes=tuple(map(str, header.get("notes", ()))),
        )
    except (RlvisError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise CheckpointError(f"the header of this checkpoint is damaged: {error}") from error


PRESET = Preset("rlvis", "rlvis checkpoint", recognise, interpret)
