"""Command-line arguments from options dataclasses, and back."""

import argparse
from dataclasses import fields, is_dataclass
from difflib import get_close_matches

from rlvis.errors import OptionError
from rlvis.options import make_options


class Parser(argparse.ArgumentParser):
    """A parser whose errors are `OptionError`s, with the nearest option suggested for an unknown one."""

    def error(self, message):
        for word in message.split():
            if word.startswith("--") and "unrecognized" in message:
                # Without the dashes, which all have in common.
                near = get_close_matches(word.split("=")[0].lstrip("-"), [flag.lstrip("-") for flag in self._option_string_actions], 1)
                message += f"; did you mean --{near[0]}?" if near else f"; see {self.prog} --help"
                break
        raise OptionError(message)


def add_options(parser: argparse.ArgumentParser, kind, prefix: str = "", defaults=None) -> None:
    """One `--flag` per field of an options dataclass; nested dataclasses' flags carry their name in front.

    Args:
        parser: where to add them.
        kind: the dataclass.
        prefix: put before every name.
        defaults: an instance whose values the help names as defaults; a fresh one if `None`.
    """
    defaults = defaults if defaults is not None else kind()
    for item in fields(kind):
        if item.metadata.get("python_only"):
            continue
        name = prefix + item.name
        if is_dataclass(item.type):
            group = parser.add_argument_group((item.type.__doc__ or item.name).rstrip("."))
            add_options(group, item.type, f"{name}_", getattr(defaults, item.name))
        else:
            _add_option(parser, name, item, getattr(defaults, item.name))


def _add_option(parser, name, item, default):
    expected = str(item.type if not isinstance(item.type, type) else item.type.__name__)
    flag = "--" + name.replace("_", "-")
    text = item.metadata.get("help", "").replace("%", "%%")
    if default not in (None, ()) and expected != "bool":
        text += f" (default: {' '.join(f'{x:g}' if isinstance(x, float) else str(x) for x in default) if isinstance(default, tuple) else default})"
    settings = {"dest": name, "default": argparse.SUPPRESS, "help": text}
    if expected == "bool":
        parser.add_argument(flag, action=argparse.BooleanOptionalAction, **settings)
    elif "tuple" in expected:
        parser.add_argument(flag, nargs="+", type=float if "float" in expected else str, metavar=name.split("_")[-1].upper(), **settings)
    else:
        number = int if "int" in expected else float if "float" in expected else str
        parser.add_argument(flag, type=number, metavar=name.split("_")[-1].upper(), **settings)


def read_options(arguments: argparse.Namespace, kind, defaults=None):
    """The options dataclass that the parsed arguments describe; what they leave out is as in `defaults`."""
    defaults = defaults if defaults is not None else kind()
    return make_options(kind, _values(vars(arguments), defaults, ""))


def _values(given, defaults, prefix):
    values = {}
    for item in fields(defaults):
        name, default = prefix + item.name, getattr(defaults, item.name)
        values[item.name] = _values(given, default, f"{name}_") if is_dataclass(default) else given.get(name, default)
    return values
