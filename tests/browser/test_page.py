"""The page as a whole: where it opens, what it may do, what it never does."""

import base64
import hashlib
import re
import shutil
from dataclasses import replace
from urllib.parse import urlparse

import pytest
from bs4 import BeautifulSoup

DRAWN = "#attribution .picture:nth-child(2) .picture-planes"
HOSTILE = "</script><script>document.title='broken'</script><!-- & \"'"


def test_opens_from_disk_and_asks_no_other_host(visits, procgen):
    visit = visits(procgen)
    assert visit.page.title() == "made-up procgen · blob"
    assert visit.page.locator("#attribution .picture:visible").count() == 3
    assert len(visit.requests) > 1
    assert {urlparse(address).scheme for address in visit.requests} <= {"file", "data", "blob"}


def test_opens_from_a_path_below_a_web_server(visits, procgen, server):
    directory, address = server
    shutil.copytree(procgen.parent, directory / "some" / "deep path", dirs_exist_ok=True)
    visit = visits(f"{address}/some/deep%20path/interface.html")
    assert {urlparse(each).netloc for each in visit.requests if each.startswith("http")} == {urlparse(address).netloc}
    assert visit.page.locator(".panel-message:visible").count() == 0


def test_single_file_page_asks_for_nothing(visits, single):
    visit = visits(single)
    visit.page.locator(".thumbnail-button").first.click()
    visit.settle()
    assert [address for address in visit.requests if not address.startswith(("data:", "blob:"))] == [single.as_uri()]
    assert visit.page.locator(".panel-message:visible").count() == 0
    assert any(visit.pixels(DRAWN))


def test_policy_names_the_hashes_of_what_is_in_the_page(procgen):
    soup = BeautifulSoup(procgen.read_text(encoding="utf-8"), "html.parser")
    policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    scripts = [script for script in soup.find_all("script") if script.get("type") is None]
    assert len(scripts) == 1
    for directive, element in (("script-src", scripts[0]), ("style-src", soup.find("style"))):
        digest = base64.b64encode(hashlib.sha256(element.string.encode()).digest()).decode()
        [sources] = re.findall(rf"{directive} ([^;]*)", policy)
        assert f"'sha256-{digest}'" in sources.split()
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_page_has_neither_inline_handlers_nor_inline_styles(procgen):
    soup = BeautifulSoup(procgen.read_text(encoding="utf-8"), "html.parser")
    attributes = {name for element in soup.find_all(True) for name in element.attrs}
    assert not [name for name in attributes if name.startswith("on") or name == "style"]


def test_names_with_markup_are_only_text(visits, fake_content, tmp_path):
    content = fake_content.content("minatar")
    layer = replace(content.layers[0], id=HOSTILE, label=HOSTILE, names={0: HOSTILE})
    hostile = replace(content, title=HOSTILE, layers=(layer,), environment=replace(content.environment, name=HOSTILE), notes=(HOSTILE,))
    played = replace(fake_content.game("minatar"), layers=(layer,))
    with fake_content.InterfaceWriter(tmp_path / "hostile", hostile) as writer:
        writer.add_trajectory(fake_content.trajectory(played, 12, 0))
        writer.add_map(fake_content.map_contents(played)[0], "value", 0, fake_content.planes(layer, 12, 0, 0))
        page = writer.finish()
    visit = visits(page)
    assert visit.page.title() == HOSTILE
    assert visit.page.locator("h1").inner_text() == HOSTILE
    assert visit.page.locator("#notes .hint").inner_text() == HOSTILE
    assert visit.page.locator(".legend-name").first.inner_text() == HOSTILE
    assert any(visit.pixels(DRAWN))


@pytest.mark.parametrize("width", [360, 768, 1280, 3840])
def test_no_width_needs_sideways_scrolling(visits, procgen, width):
    visit = visits(procgen, width=width, height=1000)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    assert visit.page.evaluate("[...document.querySelectorAll('.column, .panel')].filter((node) => node.scrollWidth > node.clientWidth + 1).map(({ id, className }) => id || className)") == []


def test_themes_differ_and_can_be_switched(visits, procgen):
    visit = visits(procgen, color_scheme="dark")
    background = "getComputedStyle(document.body.parentElement).backgroundColor"
    dark = visit.page.evaluate(background)
    visit.page.get_by_role("button", name="Theme").click()
    visit.settle()
    assert visit.state["theme"] == "light"
    assert visit.page.evaluate(background) != dark


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb" as WCAG defines it."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_the_contrast_that_aa_asks_for(desk, procgen, theme):
    visit = desk(procgen, f"#theme={theme}")
    colours = visit.page.evaluate("(names) => Object.fromEntries(names.map((name) => [name, rlvis.app.colour(name)]))", [
        "--page", "--panel", "--raised", "--text", "--muted", "--accent", "--on-accent", "--accent-soft", "--shade-0", "--shade-1", "--warning", "--warning-soft", "--field",
    ])  # fmt: skip
    pairs = [("--text", ground) for ground in ("--page", "--panel", "--raised", "--accent-soft", "--shade-0", "--shade-1")]
    pairs += [("--muted", "--panel"), ("--muted", "--page"), ("--muted", "--raised"), ("--accent", "--panel"), ("--on-accent", "--accent"), ("--warning", "--warning-soft"), ("--warning", "--panel")]
    for text, ground in pairs:
        light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)


def test_the_header_says_what_the_title_does_not(desk, procgen):
    assert desk(procgen).page.locator(".header-facts").inner_text() == "actor-critic · 12\u202f300 parameters"


@pytest.mark.parametrize("width", [360, 768])
def test_menus_and_dialogs_stay_inside_the_page(visits, procgen, width):
    visit = visits(procgen, width=width, height=740)
    for menu in visit.page.locator("details.menu").all():
        menu.locator("summary").click()
        box = menu.locator(".menu-box").bounding_box()
        assert 0 <= box["x"] and box["x"] + box["width"] <= width, menu.inner_text()
        visit.page.keyboard.press("Escape")
    visit.page.get_by_role("button", name="Provenance").click()
    table = visit.page.locator("dialog[open] table").first.bounding_box()
    name = visit.page.locator("dialog[open] th").first.bounding_box()
    assert name["width"] < 0.4 * table["width"]
    assert visit.page.evaluate("(() => { const box = document.querySelector('dialog[open]'); return box.scrollWidth <= box.clientWidth; })()")


def test_every_control_has_a_name(desk, policy):
    visit = desk(policy)
    unnamed = visit.page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, textarea, summary, [role=slider], [role=img]")].filter((node) => {
             const label = node.getAttribute("aria-label") || node.textContent.trim() || (node.labels && [...node.labels].map((each) => each.textContent).join("").trim());
             return !label;
           }).map((node) => node.outerHTML.slice(0, 120))"""
    )
    assert unnamed == []


@pytest.mark.parametrize("width", [768, 1280])
def test_the_legend_follows_but_never_covers_what_comes_below(visits, atari, width):
    visit = visits(atari, "#rows=integrated_gradients~value,perturbation~value,integrated_gradients~value", width=width, height=800)
    legend, notes = visit.page.locator("#legend"), visit.page.locator("#notes")
    visit.page.evaluate("scrollTo(0, 300)")
    assert 0 <= legend.bounding_box()["y"] < 100
    visit.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    covered = visit.page.evaluate(
        """() => [...document.querySelectorAll(".column-left > .panel:not([hidden])")].filter((panel) => {
             const box = panel.getBoundingClientRect(), x = box.right - 4, y = Math.min(box.bottom, innerHeight) - 4;
             return y > 0 && !panel.contains(document.elementFromPoint(x, y)); }).map(({ id }) => id)"""
    )
    assert covered == [] and notes.is_visible()
