"""`rlvis compare`: several training runs' curves in one page."""


def register(subparsers):
    """Add the command."""
    parser = subparsers.add_parser("compare", help="put several training runs' curves in one page", description="Put several training runs' curves in one page.")
    parser.add_argument("runs", nargs="+", metavar="RUN", help="directories that rlvis train wrote")
    parser.add_argument("-o", "--output", default="comparison.html", metavar="FILE", help="the page to write (default: comparison.html)")
    parser.set_defaults(command=compare)


def compare(arguments):
    """Run the command."""
    from rlvis.reports import write_comparison

    print(f"wrote {write_comparison(arguments.runs, arguments.output)}")
