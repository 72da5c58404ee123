"""Templates, scripts and styles become one page: the only door to Jinja.

All of a page's scripts are concatenated into one classic inline script, because modules do not load from disk, and
all its styles into one style element. Both are named by their hash in the Content-Security-Policy, so nothing else
runs; `'self'` lets chunk files in. A template gets, besides its own context:

- `title`: plain text;
- `content_security_policy`: the text of the policy, for a `<meta http-equiv>`;
- `style`, `script`: what belongs between `<style>` and `</style>`, `<script>` and `</script>`, without a blank more or less.

`interface.html` also gets `index`, the view model as JSON, safe to stand in `<script type="application/json" id="index">`,
and `blocks`, pairs of a chunk's name and text for `<script type="text/plain" data-chunk="NAME">` in a single-file page.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from markupsafe import Markup

from rlvis.errors import OutputError
from rlvis.interface.chunks import escaped_json
from rlvis.resources import static_directory, templates_directory

ORDER = "ORDER"
# The part of static/ with the look of every page but the interface.
SHARED = "pages"


def interface_page(index, blocks: Iterable[tuple[str, str]] = (), single_file: bool = False) -> Iterator[str]:
    """The page, piece by piece.

    Args:
        index: the view model as plain data.
        blocks: chunks inside the page, `(name, text)`; read one at a time, so that they need not all be in memory.
        single_file: whether no chunk lies outside the page.
    """
    safe_blocks = ((name, Markup(text)) for name, text in blocks)  # Chunk.block has escaped what could end the element
    yield from render_page("interface.html", index["title"], scripts=not single_file, index=Markup(escaped_json(index)), blocks=safe_blocks)


def render_page(template: str, title: str, *, directory: str = "", scripts: bool = False, **context) -> Iterator[str]:
    """Any of rlvis's pages, piece by piece.

    Args:
        template: its file in templates/.
        title: plain text.
        directory: the part of static/ whose scripts and styles it has, after those that all such pages share; static/ itself by default.
        scripts: whether it may load script files from where it lies.
        context: for the template; plain text is escaped.

    Raises:
        OutputError: if the template, a script or a style is missing or cannot stand in a page.
    """
    places = [static_directory() / part for part in ((SHARED, directory) if directory else ("",))]
    script, style = ("".join(concatenate(place, suffix) for place in places) for suffix in (".js", ".css"))
    environment = Environment(loader=FileSystemLoader(templates_directory()), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    try:
        yield from environment.get_template(template).generate(
            title=title,
            content_security_policy=content_security_policy(script, style, scripts),
            script=Markup(script),
            style=Markup(style),
            **context,
        )
    except TemplateError as error:
        raise OutputError(f"the template {template} cannot be rendered: {type(error).__name__}: {error}") from error


def concatenate(directory: Path, suffix: str) -> str:
    """All files of a kind in a directory as one text.

    Their order is that of the file ORDER beside them, one name a line, or by name where it lists none of the kind.
    """
    names = sorted(path.name for path in directory.glob(f"*{suffix}"))
    text = "".join(_read(directory / name) for name in ordered(directory, names))
    # These end or confuse the element that the text stands in, whatever the language says.
    forbidden = re.search(r"</(script|style)|<!--|\0", text, re.IGNORECASE)
    if forbidden:
        raise OutputError(f"a {suffix} file in {directory} contains {forbidden[0]!r}, which cannot stand in a page; write it in two parts")
    return text


def ordered(directory: Path, names: Sequence[str]) -> list[str]:
    """The names in the order that the file ORDER gives, which must list all of them or none."""
    if not (directory / ORDER).is_file():
        return list(names)
    suffixes = {Path(name).suffix for name in names}
    listed = [line.strip() for line in _read(directory / ORDER).splitlines() if line.strip() and Path(line.strip()).suffix in suffixes]
    if listed and sorted(listed) != sorted(names):
        raise OutputError(f"{directory / ORDER} and the files beside it differ in {', '.join(sorted(set(listed) ^ set(names))) or 'names listed twice'}; list every file once")
    return listed or list(names)


def content_security_policy(script: str, style: str, scripts: bool) -> str:
    """A policy that admits the page's own script and style, its pictures, and nothing from anywhere else."""
    sources = ["'self'"] if scripts else []
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join([*sources, content_hash(script)])}",
            f"style-src {content_hash(style)}",
            "img-src data: blob:",
            "media-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def content_hash(text: str) -> str:
    """A text's hash as a policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _read(path):
    try:
        # Universal newlines: a browser hashes a script after turning CR LF into LF.
        return path.read_text(encoding="utf-8").removesuffix("\n") + "\n"
    except OSError as error:
        raise OutputError(f"cannot read {path}: {error.strerror or error}; install rlvis again") from error
