"""`rlvis fetch`: get Procgen's library ahead of time."""


def register(subparsers):
    """Add the command."""
    parser = subparsers.add_parser("fetch", help="get Procgen's library now, for a machine that will be without a network")
    parser.add_argument("--from-wheel", metavar="FILE", help="a procgen-mirror wheel that is already here")
    parser.set_defaults(command=fetch)


def fetch(arguments):
    """Run the command."""
    from pathlib import Path

    from rlvis.environments.procgen_library import fetch_procgen

    print(fetch_procgen(Path(arguments.from_wheel) if arguments.from_wheel else None))
