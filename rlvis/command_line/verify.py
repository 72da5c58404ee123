"""`rlvis verify`: check an interface's files against its manifest."""


def register(subparsers):
    """Add the command."""
    parser = subparsers.add_parser("verify", help="check a written interface against its manifest")
    parser.add_argument("directory", metavar="DIR", help="a directory that rlvis wrote")
    parser.set_defaults(command=verify_directory)


def verify_directory(arguments):
    """Run the command."""
    from rlvis.interface.writing import verify

    count = verify(arguments.directory)
    print(f"{arguments.directory}: {count} files as written")
