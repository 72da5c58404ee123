"""Interfaces of a made-up agent, opened in a real browser."""

import functools
import importlib.util
import shutil
import sys
import threading
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

CONTENT = Path(__file__).parents[1] / "interface" / "fake_content.py"
READY = "html[data-ready=true]"
SETTLED = "async () => { await rlvis.app.showFrame(rlvis.app.state.frame); }"


@pytest.fixture(scope="session")
def browser():
    """Chromium without a window."""
    api = pytest.importorskip("playwright.sync_api", reason="the playwright package is not installed")
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        pytest.skip("no Chromium on the PATH")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def fake_content():
    """The module that writes interfaces of a made-up agent."""
    specification = importlib.util.spec_from_file_location("fake_content", CONTENT)
    module = importlib.util.module_from_spec(specification)
    sys.modules["fake_content"] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def procgen(fake_content, tmp_path_factory) -> Path:
    """Two trajectories of 90 frames, six layers, two methods, human-resolution frames: the page's path."""
    return fake_content.write(tmp_path_factory.mktemp("interface") / "procgen", "procgen", 2, 90)


@pytest.fixture(scope="session")
def policy(fake_content, tmp_path_factory) -> Path:
    """One trajectory with attribution of the value, of logits and of groups: the page's path."""
    return fake_content.write(tmp_path_factory.mktemp("interface") / "policy", "policy", 1, 24)


@pytest.fixture(scope="session")
def atari(fake_content, tmp_path_factory) -> Path:
    """Stacked grey frames: the page's path."""
    return fake_content.write(tmp_path_factory.mktemp("interface") / "atari", "atari", 1, 70)


@pytest.fixture(scope="session")
def single(fake_content, tmp_path_factory) -> Path:
    """Everything in one file: the page's path."""
    return fake_content.write(tmp_path_factory.mktemp("interface") / "single", "procgen", 1, 20, single_file=True)


@dataclass
class Visit:
    """A page that was opened, what its console said, and what it asked for.

    Attributes:
        page: playwright's page.
        errors: console errors and uncaught exceptions.
        requests: addresses.
        expects_errors: whether the test damages something on purpose.
    """

    page: object
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    expects_errors: bool = False

    def __post_init__(self):
        self.page.set_default_timeout(20000)
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def open(self, place, address: str = ""):
        """Go to a page and wait for its first picture."""
        self.page.goto((place if "://" in str(place) else Path(place).as_uri()) + address)
        self.page.wait_for_selector(READY, state="attached")
        self.settle()
        return self

    def revisit(self, address: str):
        """Go to another address of the page that is open, as a reader who follows a link does; far quicker than loading it again."""
        self.page.mouse.move(0, 0)
        self.page.evaluate(
            """(address) => {
                 document.activeElement.blur();
                 for (const menu of document.querySelectorAll("details[open]")) menu.open = false;
                 for (const dialog of document.querySelectorAll("dialog.dialog[open]")) dialog.close();
                 for (const notice of document.querySelectorAll(".notice")) notice.remove();
                 history.replaceState(null, "", location.pathname + address);
                 rlvis.app.openAddress();
               }""",
            address,
        )
        self.settle()
        return self

    def settle(self):
        """Wait until everything that was asked for is drawn."""
        self.page.evaluate(SETTLED)

    @property
    def state(self) -> dict:
        """What the page has on the screen."""
        return self.page.evaluate("rlvis.app.state")

    def pixels(self, selector: str) -> list[int]:
        """RGBA bytes of a small canvas."""
        return self.page.evaluate(
            """(selector) => { const canvas = document.querySelector(selector);
               return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]; }""",
            selector,
        )

    def samples(self, selector: str, points) -> list[list[int]]:
        """RGBA of a canvas at points `(x, y)` given as fractions of its size."""
        return self.page.evaluate(
            """([selector, points]) => { const canvas = document.querySelector(selector); const context = canvas.getContext("2d");
               return points.map(([x, y]) => [...context.getImageData(Math.floor(x * canvas.width), Math.floor(y * canvas.height), 1, 1).data]); }""",
            [selector, points],
        )


@pytest.fixture
def visits(browser):
    """A function that opens pages: `visits(place, address="", width=…, height=…, …)`. No page may leave an error on its console."""
    opened = []

    def visit(place, address="", width=1280, height=900, expects_errors=False, **context):
        page = browser.new_context(viewport={"width": width, "height": height}, **context).new_page()
        found = Visit(page, expects_errors=expects_errors)
        opened.append(found)
        return found.open(place, address)

    yield visit
    for found in opened:
        found.page.context.close()
    assert [found.errors for found in opened if found.errors and not found.expects_errors] == []


@pytest.fixture(scope="session")
def open_pages(browser):
    """Pages that stay open from test to test, by their path."""
    pages = {}
    yield pages
    for visit in pages.values():
        visit.page.context.close()


@pytest.fixture
def desk(browser, open_pages):
    """As `visits`, for a page that stays open between tests; it may not leave an error on its console either."""
    used = []

    def visit(place, address=""):
        if place not in open_pages:
            page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
            open_pages[place] = Visit(page).open(place)
        found = open_pages[place]
        found.errors.clear()
        used.append(found)
        return found.revisit(address)

    yield visit
    assert [found.errors for found in used if found.errors] == []


class QuietHandler(SimpleHTTPRequestHandler):
    """Files of a directory, without a log."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A web server: `(directory, address)`."""
    directory = tmp_path_factory.mktemp("server")
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=directory))
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield directory, f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()
    thread.join()
