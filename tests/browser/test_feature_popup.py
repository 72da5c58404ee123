"""The dialog about a feature."""

import json

import numpy as np
import pytest


@pytest.fixture
def opened(desk, procgen):
    visit = desk(procgen, "#frame=5")
    visit.page.get_by_role("button", name="Dataset examples of feature 2").click()
    visit.settle()
    return visit


OPAQUE, FADED = ".feature-mosaic .mosaic-opaque", ".feature-mosaic .mosaic-faded"
GRID = [((x + 0.5) / 24, (y + 0.5) / 24) for x in range(24) for y in range(24)]
TABLE = """() => { const grid = rlvis.app.panels.feature.view.grid; const { observation, strength, rows, columns } = grid;
  return { rows, columns, observation: [...observation], strength: [...strength], centres: [...observation].map((_, i) => grid.centre(i)) }; }"""
EXAMPLE = """(i) => { const { sheets } = rlvis.app.examples; const canvas = rlvis.element("canvas", { width: 64, height: 64 });
  const context = canvas.getContext("2d"); sheets.draw(context, i, [0, 0, 64, 64]); return [...context.getImageData(0, 0, 64, 64).data]; }"""
CLOSED = """(milliseconds) => new Promise((resolve) => { const end = performance.now() + milliseconds;
  const look = () => rlvis.app.state.popup === null || performance.now() > end ? resolve() : setTimeout(look, 10); look(); })"""


def test_patches_are_cut_where_the_tables_say(opened):
    """Patches of feature 2 equal the pixels of their example around their centre, and a checkerboard outside it."""
    table = opened.page.evaluate(TABLE)
    assert (table["rows"], table["columns"]) == (32, 32)
    for place in (0, 200, 517, 1023):
        row, column = divmod(place, 32)
        centre = table["centres"][place]
        top, left = round((centre["row"] - 2) * 2), round((centre["column"] - 2) * 2)  # 4 cells of 2 pixels
        example = np.array(opened.page.evaluate(EXAMPLE, table["observation"][place])).reshape(64, 64, 4)
        spots = [(1, 1), (4, 6), (6, 3)]
        found = opened.samples(OPAQUE, [((column + (x + 0.5) / 8) / 32, (row + (y + 0.5) / 8) / 32) for y, x in spots])
        for (y, x), colour in zip(spots, found, strict=True):
            inside = 0 <= top + y < 64 and 0 <= left + x < 64
            expected = example[top + y, left + x, :3] if inside else [(191, 255)[(y + x) % 2]] * 3
            np.testing.assert_array_equal(colour[:3], expected)


def test_opacity_is_the_strength(opened):
    strength = opened.page.evaluate(TABLE)["strength"]
    places = [3, 400, 900, 1001]
    faded = opened.samples(FADED, [((place % 32 + 0.5) / 32, (place // 32 + 0.5) / 32) for place in places])
    assert [colour[3] for colour in faded] == pytest.approx([255 * strength[place] for place in places], abs=2)


def test_hovering_makes_all_patches_opaque(opened):
    opacity = lambda: opened.page.locator(".feature-mosaic .mosaic-opaque").evaluate("(node) => getComputedStyle(node).opacity")  # noqa: E731
    opened.page.mouse.move(2, 2)
    assert opacity() == "0"
    opened.page.locator(".feature-surface").hover()
    assert opacity() == "1"


def test_zoom_and_number_of_patches(opened):
    before = opened.samples(OPAQUE, GRID)
    opened.page.get_by_label("Zoom: layer cells per patch").fill("1")
    opened.settle()
    assert opened.state["popup"]["expand"] == pytest.approx(2)
    assert opened.samples(OPAQUE, GRID) != before
    opened.page.locator(".feature-surface").hover()
    opened.page.mouse.wheel(0, 200)
    opened.settle()
    assert 2 < opened.state["popup"]["expand"] < 4
    opened.page.get_by_label("Number of patches").fill("3")
    opened.settle()
    assert opened.state["popup"]["patches"] == "2"
    assert opened.page.evaluate("rlvis.app.panels.feature.view.grid.rows") == 65


def test_pressing_a_patch_shows_the_whole_observation(opened):
    example = opened.page.locator(".feature-example")
    opened.page.locator(".feature-surface").click(position={"x": 200, "y": 120})
    opened.settle()
    assert example.is_visible()
    assert "Example observation" in opened.page.locator(".feature-caption").inner_text()
    opened.page.keyboard.press("Escape")
    opened.settle()
    assert not example.is_visible()
    assert opened.page.locator("#feature").is_visible()


def test_a_link_holds_the_example_that_is_open(opened, visits, procgen):
    opened.page.locator(".strongest button").nth(3).click()
    opened.settle()
    link = opened.page.evaluate("rlvis.app.address.link()")
    shown = opened.state["popup"]["example"]
    points = [(0.1, 0.2), (0.5, 0.5), (0.9, 0.4)]
    expected = opened.samples(".feature-example", points)
    other = visits(procgen, "#" + link.split("#")[1])
    assert other.state["popup"]["example"] == pytest.approx(shown, abs=1e-3)
    assert other.page.locator(".feature-example").is_visible()
    assert other.samples(".feature-example", points) == expected
    other.page.get_by_role("button", name="Next feature").click()
    other.settle()
    assert other.state["popup"]["example"] is None
    assert not other.page.locator(".feature-example").is_visible()


def test_an_example_that_does_not_exist_is_left_out(visits, procgen):
    visit = visits(procgen, "#feature=2~4.00~1~9999~3~3~4~1")
    assert visit.state["popup"]["example"] is None
    assert "no example 9999" in visit.page.locator(".notices").inner_text()


def test_strongest_examples_are_ranked(opened):
    shown = opened.page.locator(".strongest small").all_inner_texts()
    numbers = [float(text.removesuffix(" %")) for text in shown]
    assert len(numbers) == 20
    assert numbers == sorted(numbers, reverse=True)
    opened.page.locator(".strongest button").nth(3).click()
    opened.settle()
    assert opened.page.locator(".feature-example").is_visible()


def test_closes_with_escape_outside_and_button(opened):
    dialog = opened.page.locator("#feature")
    thumbnail = opened.page.get_by_role("button", name="Dataset examples of feature 2")
    close = opened.page.locator("#feature").get_by_role("button", name="Close")
    for leave in (lambda: opened.page.keyboard.press("Escape"), lambda: opened.page.mouse.click(3, 3), close.click):
        dialog.wait_for(state="visible")
        leave()
        dialog.wait_for(state="hidden")
        # A dialog tells that it was closed a moment after it has gone, and on a busy machine a longer one.
        opened.page.evaluate(CLOSED, 30_000)
        assert opened.state["popup"] is None
        thumbnail.click()


def test_shortcuts_are_off_behind_it_and_arrows_change_the_feature(opened):
    opened.page.locator("#feature-title").focus()
    opened.page.keyboard.press("ArrowRight")
    opened.page.keyboard.press("Space")
    opened.page.keyboard.press("End")
    state = opened.state
    assert (state["frame"], state["playing"], state["popup"]["feature"]) == (5, 0, 2)
    for _ in range(12):
        opened.page.keyboard.press("Tab")
        assert opened.page.evaluate("document.activeElement === document.body || document.querySelector('#feature').contains(document.activeElement)")


def test_names_are_kept_in_the_link_and_exported(opened, desk, procgen):
    opened.page.get_by_label("Name of this feature").fill("a ~ wall, perhaps")
    opened.settle()
    address = "#" + opened.page.evaluate("rlvis.app.address.link()").split("#")[1]
    other = desk(procgen, address)
    assert other.page.locator("#feature").is_visible()
    assert other.page.get_by_label("Name of this feature").input_value() == "a ~ wall, perhaps"
    with opened.page.expect_download() as download:
        opened.page.get_by_role("button", name="Export all names").click()
    written = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert written == {"format": "rlvis-feature-names", "version": 1, "names": {"2b": {"0": "coins", "1": "a ~ wall, perhaps"}}}


def test_optimized_picture_stands_beside_the_examples(desk, procgen):
    visit = desk(procgen, "#layer=1a&feature=1~4~1")
    assert visit.page.locator(".optimized").is_visible()
