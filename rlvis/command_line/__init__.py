"""The command line: one module per command, each with `register(subparsers)`."""

import signal
import sys
import traceback
from contextlib import suppress
from importlib import import_module

from rlvis import __version__
from rlvis.command_line.arguments import Parser
from rlvis.compilation_cache import compilation_cache
from rlvis.errors import RlvisError

COMMANDS = ("demo", "run", "inspect", "convert", "edit", "train", "evaluate", "compare", "publish", "gaze", "saliency", "trust", "verify", "fetch")


def main(arguments=None) -> int:
    """Run a command; 0 if it worked, 2 for a mistake of the user's, 130 if interrupted."""
    try:
        with compilation_cache():
            parsed, unknown = make_parser().parse_known_args(arguments)
            if unknown:
                parsed.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
            return parsed.command(parsed) or 0
    except RlvisError as error:
        print(f"rlvis: {error}", file=sys.stderr)
        return end_all_ranks(2)
    except KeyboardInterrupt:
        print("rlvis: interrupted; nothing was left half-written", file=sys.stderr)
        return end_all_ranks(128 + signal.SIGINT)
    except BrokenPipeError:
        return 1
    except Exception:
        traceback.print_exc()
        return end_all_ranks(1)


def end_all_ranks(code: int) -> int:
    """Where several ranks work together, end the others too: they would wait for this one for ever."""
    if "mpi4py.MPI" in sys.modules:
        from rlvis.parallel.communicator import communicator

        sys.stderr.flush()
        with suppress(RlvisError):  # ranks that do not see each other
            communicator().abort(code)
    return code


def make_parser() -> Parser:
    """The parser of all commands."""
    parser = Parser(prog="rlvis", description="See what a trained vision agent looks at, and why.")
    parser.add_argument("--version", action="version", version=f"rlvis {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    for name in COMMANDS:
        import_module(f"rlvis.command_line.{name}").register(subparsers)
        subparsers.choices[name].set_defaults(parser=subparsers.choices[name])
    return parser
