"""The arguments of every command that reads a checkpoint: what the file itself does not say."""

import json
from difflib import get_close_matches

from rlvis.errors import OptionError


def add_checkpoint_arguments(parser) -> None:
    """Add the checkpoint and the options that say more about it."""
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="a file or directory of any known format")
    group = parser.add_argument_group("what the checkpoint does not say")
    group.add_argument("--env", metavar="ENV", help="what the agent plays: a Procgen game, an Atari game or Gym id, or KIND:NAME")
    group.add_argument("--env-option", metavar="NAME=VALUE", action="append", default=[], help="an option of the environment, such as distribution_mode=easy; may be repeated")
    group.add_argument("--network", metavar="KIND", help="the kind of network, or a network of Free-Lunch Saliency such as cnn_sparse_fls, where names and shapes leave it open; rlvis inspect lists them")
    group.add_argument("--map", metavar="FILE", dest="map_file", help="a JSON file that describes the network and names its tensors, for files of no known kind")
    group.add_argument("--observation-shape", metavar=("H", "W", "C"), nargs=3, type=int, help="the observations' height, width and channels, where the file leaves them open")


def loading_arguments(arguments) -> dict:
    """The keyword arguments for `rlvis.checkpoints.load` that were given on the command line.

    Raises:
        OptionError: for an environment's option that is not NAME=VALUE.
    """
    return {
        "network": arguments.network,
        "environment": parse_environment(arguments.env) if arguments.env else None,
        "environment_options": parse_options(arguments.env_option),
        "map_file": arguments.map_file,
        "observation_shape": arguments.observation_shape,
    }


def parse_environment(text: str):
    """The environment of "KIND:NAME", of a Procgen game's name, or else of an Atari game's."""
    from rlvis.environments import EnvironmentSpecification
    from rlvis.environments.procgen_options import COINRUN_OLD, GAMES

    kind, separator, name = text.partition(":")
    # A Gym id has a colon of its own: procgen:procgen-coinrun-v0.
    plain = text.lower().removeprefix("procgen:").removeprefix("procgen-").removesuffix("-v0")
    if plain in (*GAMES, COINRUN_OLD):
        return EnvironmentSpecification("procgen", plain)
    if separator and kind and name:
        return EnvironmentSpecification(kind, name)
    near = get_close_matches(plain, GAMES, 1, cutoff=0.8)
    if near and not separator:
        raise OptionError(f"there is no environment {text!r}; did you mean {near[0]!r}?")
    return EnvironmentSpecification("atari", text)


def parse_options(texts) -> dict:
    """Options from NAME=VALUE; a value is JSON where it can be, else text.

    Raises:
        OptionError: if there is no "=", or the same name twice.
    """
    options = {}
    for text in texts:
        name, separator, value = text.partition("=")
        name = name.strip().replace("-", "_")
        if not separator or not name:
            raise OptionError(f"--env-option is {text!r}; expected NAME=VALUE, such as distribution_mode=easy")
        if name in options:
            raise OptionError(f"--env-option {name} is given twice")
        options[name] = _value(value.strip())
    return options


def _value(text):
    try:
        return json.loads({"True": "true", "False": "false", "None": "null"}.get(text, text))
    except ValueError:
        return text
