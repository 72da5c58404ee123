"""From a path to a checkpoint: which format, which network, checked parameters."""

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from rlvis.checkpoints.checkpoint import Checkpoint
from rlvis.checkpoints.contents import Contents, Format
from rlvis.checkpoints.formats import FORMATS
from rlvis.checkpoints.formats.unsupported import name_unsupported
from rlvis.checkpoints.formats.zip_archive import member_names
from rlvis.checkpoints.interpretation import Interpretation, Request
from rlvis.checkpoints.name_map import read_map
from rlvis.checkpoints.opened_file import OpenedFile, open_file
from rlvis.checkpoints.parameters import found_tensors, read_parameters
from rlvis.checkpoints.presets import PRESETS
from rlvis.environments.specification import EnvironmentSpecification, action_names
from rlvis.errors import CheckpointError, EnvironmentFailure, NetworkError, RlvisError
from rlvis.networks.stack import build_stack


def load(
    path,
    *,
    network: str | None = None,
    environment: EnvironmentSpecification | None = None,
    environment_options: Mapping[str, Any] | None = None,
    map_file=None,
    observation_shape: Sequence[int] | None = None,
) -> Checkpoint:
    """Read a trained agent from a file or directory of any known format. Nothing in it is ever executed.

    Args:
        path: the checkpoint.
        network: the kind of network, a key of `PRESETS` or one of a preset's `networks`, where it cannot be told from the file.
        environment: what the agent plays, in place of what the file says or does not say.
        environment_options: options of that environment, in place of those the file says.
        map_file: path of a JSON file that describes the network and names its tensors (`rlvis.checkpoints.name_map`).
        observation_shape: `(H, W, C)`, where it cannot be told from the file.

    Raises:
        CheckpointError: whatever is wrong with the file.
    """
    with damage_as_errors(path):
        file = open_file(path)
        contents = read_contents(file)
        interpretation = interpret(contents, network, map_file, observation_shape)
        return assemble(file, contents, interpretation, environment_of(interpretation, environment, environment_options))


@contextmanager
def damage_as_errors(path):
    """Whatever goes wrong inside becomes a `CheckpointError` that names the file."""
    try:
        yield
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}" if str(path) not in str(error) else str(error)) from error
    except (NetworkError, EnvironmentFailure) as error:
        raise CheckpointError(f"{path}: {error}") from error
    except (ArithmeticError, AttributeError, LookupError, MemoryError, OSError, RecursionError, TypeError, ValueError) as error:
        # The last fence: damage that no check foresaw.
        raise CheckpointError(f"{path}: the file is damaged ({type(error).__name__}: {str(error)[:200]})") from error


def read_contents(file: OpenedFile) -> Contents:
    """The tensors and metadata in a file, by whichever format recognises it.

    Raises:
        CheckpointError: if none does, or the file is damaged.
    """
    return recognise_format(file).read(file)


def recognise_format(file: OpenedFile) -> Format:
    """The format of a file.

    Raises:
        CheckpointError: if it is none of `FORMATS`.
    """
    for known in FORMATS.values():
        if known.recognise(file):
            return known
    unsupported = name_unsupported(file)
    if unsupported:
        raise CheckpointError(unsupported)
    what = "a directory" if file.is_directory else f"a file of {file.size} bytes that starts with {file.prefix[:12]!r}"
    members = member_names(file)
    if members:
        what = f"a zip archive of {', '.join(repr(name[:40]) for name in members[:8])}{' and others' if len(members) > 8 else ''}"
    raise CheckpointError(f"{file.path} is {what}, which is no known kind of checkpoint; there are {'; '.join(known.title for known in FORMATS.values())}")


def interpret(contents: Contents, network: str | None = None, map_file=None, observation_shape: Sequence[int] | None = None) -> Interpretation:
    """Which network the tensors are; arguments as for `load`.

    Raises:
        CheckpointError: if that cannot be told, or the network asked for is none.
    """
    request = Request(_shape(observation_shape))
    if map_file is not None:
        return read_map(map_file)
    agent = _without_copies(contents)
    if network is not None:
        preset = PRESETS.get(network) or next((preset for preset in PRESETS.values() if network in preset.networks), None)
        if preset is None:
            raise CheckpointError(f"there is no kind of network {network!r}; there are {', '.join(PRESETS)}")
        if not preset.recognise(agent):
            raise CheckpointError(f"the network of this {contents.title} is no {preset.title}. {found_tensors(contents.tensors, 40)}")
        return preset.interpret(agent, replace(request, network=network if network in preset.networks else None))
    for preset in PRESETS.values():
        if preset.recognise(agent):
            return preset.interpret(agent, request)
    raise CheckpointError(
        f"this is a {contents.title}, but its network is of no known kind. {found_tensors(contents.tensors, 40)} "
        f"Known kinds are {', '.join(PRESETS)}; name one with --network, or describe the network in a JSON file given with --map"
    )


def _without_copies(contents: Contents) -> Contents:
    """The contents without the lagging copy of the network that Q-learning keeps, unless there is nothing else."""
    kept = {name: tensor for name, tensor in contents.tensors.items() if "target" not in name.lower()}
    return replace(contents, tensors=kept) if kept else contents


def environment_of(interpretation: Interpretation, given: EnvironmentSpecification | None, options: Mapping[str, Any] | None) -> EnvironmentSpecification | None:
    """What the caller says, else what the file says; options that neither gives are those this kind of agent needs."""
    known = interpretation.environment
    environment = given or known
    if environment is None:
        if options:
            raise CheckpointError(f"options of an environment are given ({', '.join(options)}), but neither the file nor the caller says which environment; name it with --env")
        return None
    defaults = dict(interpretation.environment_defaults.get(environment.kind, {}))
    if known is not None and known.kind == environment.kind:
        defaults |= known.options
    return replace(environment, options={**defaults, **environment.options, **(options or {})})


def assemble(file: OpenedFile, contents: Contents, interpretation: Interpretation, environment: EnvironmentSpecification | None) -> Checkpoint:
    """The checkpoint, its parameters read and checked.

    Raises:
        CheckpointError: if a tensor is missing, misshapen or not finite.
    """
    parameters = read_parameters(contents.tensors, interpretation, contents.convention)
    network = build_stack(interpretation.description)
    own = contents.metadata.get("rlvis", {}) if contents.format == "rlvis" else None
    return Checkpoint(
        network,
        parameters,
        environment,
        _action_names(interpretation, environment, network.num_actions),
        interpretation.gamma if interpretation.gamma is not None else 0.999,
        interpretation.gae_lambda if interpretation.gae_lambda is not None else 0.95,
        dict(own.get("metadata", {})) if isinstance(own, Mapping) else dict(contents.metadata),
        interpretation.notes,
        contents.format,
        str(file.path),
        file.sha256,
    )


def _action_names(interpretation, environment, count):
    names = interpretation.action_names
    if not names and environment is not None:
        try:
            names = tuple(action_names(environment))
        except (RlvisError, ImportError, OSError):
            # Names are a convenience; playing will say what is wrong with the environment.
            names = ()
    return names if len(names) == count else tuple(f"action {number}" for number in range(count))


def _shape(shape):
    if shape is None:
        return None
    shape = tuple(shape)
    if len(shape) != 3 or not all(isinstance(n, int) and 0 < n < 1 << 16 for n in shape):
        raise CheckpointError(f"the observations' shape is {shape}; expected height, width and channels")
    return shape
