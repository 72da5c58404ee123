"""A site of several interfaces, in a real browser, opened from disk and from a web server."""

import pytest

from rlvis.reports import publish


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1500, "light")])
def test_cards_lead_to_interfaces(visits, procgen, atari, server, width, scheme):
    directory, address = server
    place = directory / f"site-{width}"
    publish([procgen.parent, atari.parent], place)
    visit = visits(procgen, width=width, color_scheme=scheme)
    for start in (f"{address}/{place.name}/", (place / "index.html").as_uri()):
        visit.page.goto(start)
        assert visit.page.locator(".card").count() == 2
        assert visit.page.locator(".card img").first.evaluate("(image) => image.complete && image.naturalWidth") == 64
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
        visit.page.locator(".card h2 a").nth(1).click()
        visit.page.wait_for_selector("html[data-ready=true]", state="attached")
        assert visit.page.title() == "made-up atari · blob"
