"""`rlvis publish`: several interfaces as one static site."""


def register(subparsers):
    """Add the command."""
    text = "Copy interfaces into one static site, with a page that has a card for each. The site opens from disk and from any web server."
    parser = subparsers.add_parser("publish", help="put several interfaces into one static site", description=text)
    parser.add_argument("directories", nargs="+", metavar="DIR", help="interfaces that rlvis run wrote")
    parser.add_argument("-o", "--output", required=True, metavar="SITE", help="the site's directory: new, empty, or an earlier site, which is replaced")
    parser.add_argument("--title", default="Interfaces", help="title of the page (default: Interfaces)")
    parser.set_defaults(command=publish_site)


def publish_site(arguments):
    """Run the command."""
    from rlvis.reports.site import publish

    print(f"wrote {publish(arguments.directories, arguments.output, arguments.title)}")
