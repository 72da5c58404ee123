"""The command line: one module per command, each with `register(subparsers)`."""

import signal
import socket
import sys
import threading
import time
import traceback
from contextlib import contextmanager
from importlib import import_module

from rlvis import __version__
from rlvis.command_line.arguments import Parser
from rlvis.compilation_cache import compilation_cache
from rlvis.errors import RlvisError
from rlvis.parallel.communicator import SECONDS_TO_BE_HEARD, SingleProcess, communicator
from rlvis.parallel.launcher import ParallelError

COMMANDS = ("demo", "run", "inspect", "convert", "edit", "train", "evaluate", "compare", "publish", "gaze", "saliency", "trust", "verify", "fetch")
# Those whose work several ranks share.
SHARED = ("run", "demo", "train")


def main(arguments=None) -> int:
    """Run a command; 0 if it worked, 2 for a mistake of the user's, 130 if interrupted, 143 if ended from outside."""
    try:
        with compilation_cache(), end_in_order():
            parsed, unknown = make_parser().parse_known_args(arguments)
            if unknown:
                parsed.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
            if parsed.command.__name__ in SHARED:
                # Before anything can go wrong: a rank that never joined the others cannot end them.
                communicator()
            return parsed.command(parsed) or 0
    except ParallelError as error:
        if error.rank == 0:
            print(f"rlvis: {error}", file=sys.stderr, flush=True)
        else:
            # A launcher ends the first one too as soon as another fails.
            time.sleep(SECONDS_TO_BE_HEARD)
        return 2
    except RlvisError as error:
        return end_all_ranks(2, f"rlvis: {error}")
    except Terminated:
        return end_all_ranks(128 + signal.SIGTERM, "rlvis: ended from outside; nothing was left half-written")
    except KeyboardInterrupt:
        return end_all_ranks(128 + signal.SIGINT, "rlvis: interrupted; nothing was left half-written")
    except BrokenPipeError:
        return 1
    except Exception:
        return end_all_ranks(1, traceback.format_exc().rstrip())


class Terminated(BaseException):
    """This process was told to end (SIGTERM)."""


@contextmanager
def end_in_order():
    """Where SIGTERM would end the process at once, tidy up first, while inside."""
    def end(number, frame):
        raise Terminated

    first = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    if first:
        signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        if first:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def end_all_ranks(code: int, message: str) -> int:
    """Say why, and where several ranks work together, end the others too: they would wait for this one for ever."""
    # Not where MPI is not in use: then nobody waits, and looking for it may be what failed.
    ranks = communicator() if "mpi4py.MPI" in sys.modules else SingleProcess()
    if ranks.rank > 0:
        # What goes wrong everywhere is said once: meanwhile the first one ends all.
        time.sleep(2 * SECONDS_TO_BE_HEARD)
        message += f" (rank {ranks.rank} of {ranks.size}, on {socket.gethostname()})"
    print(message, file=sys.stderr, flush=True)
    ranks.abort(code)
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
