"""Shortcuts, and where they are silent."""

import pytest


@pytest.mark.parametrize(
    ("keys", "field", "value"),
    [
        (["ArrowRight", "ArrowRight"], "frame", 2),
        (["End", "ArrowLeft"], "frame", 88),
        (["End", "Home"], "frame", 0),
        (["n"], "frame", 60),
        (["ArrowDown"], "trajectory", 1),
        (["ArrowDown", "ArrowUp"], "trajectory", 0),
        (["]"], "layer", "3a"),
        (["[", "["], "layer", "1a"),
        (["3", "1"], "pinned", [2, 0]),
        (["3", "3"], "pinned", []),
        (["0"], "pinned", ["residual"]),
        (["2", "Escape"], "pinned", []),
        (["o"], "overlay", False),
    ],
)
def test_shortcuts(desk, procgen, keys, field, value):
    visit = desk(procgen)
    for key in keys:
        visit.page.keyboard.press(key)
    assert visit.state[field] == value


def test_space_plays_and_arrows_turn_it_round(desk, procgen):
    visit = desk(procgen, "#frame=40&fps=5")
    visit.page.keyboard.press("Space")
    assert visit.state["playing"] == 1
    visit.page.keyboard.press("ArrowLeft")
    assert visit.state["playing"] == -1
    visit.page.keyboard.press("Space")
    assert visit.state["playing"] == 0


def test_fields_keep_their_keys(desk, procgen):
    visit = desk(procgen, "#frame=40")
    notes = visit.page.get_by_role("textbox", name="Your notes")
    notes.click()
    visit.page.keyboard.type("b 12 ?c")
    visit.page.keyboard.press("ArrowLeft")
    visit.page.keyboard.press("Home")
    state = visit.state
    assert (state["frame"], state["playing"], state["pinned"], state["bookmarks"], state["direction"]) == (40, 0, [], [], "split")
    assert notes.input_value() == "b 12 ?c"
    speed = visit.page.get_by_label("Frames per second").first
    speed.click()
    visit.page.keyboard.press("ArrowUp")
    assert visit.state["trajectory"] == 0
    visit.page.get_by_label("Output that is attributed").focus()
    visit.page.keyboard.press("ArrowRight")
    assert visit.state["frame"] == 40


def test_space_on_a_focused_button_presses_it(desk, procgen):
    visit = desk(procgen)
    visit.page.get_by_role("button", name="Step forward").focus()
    visit.page.keyboard.press("Space")
    assert (visit.state["frame"], visit.state["playing"]) == (1, 0)


def test_a_click_gives_the_keyboard_back(desk, procgen):
    visit = desk(procgen)
    visit.page.locator("#layers .segment", has_text="1a").click()
    visit.page.keyboard.press("ArrowRight")
    assert (visit.state["layer"], visit.state["frame"]) == ("1a", 1)


def test_help_lists_every_shortcut_and_every_panel(desk, procgen):
    visit = desk(procgen)
    visit.page.keyboard.press("?")
    dialog = visit.page.locator("dialog[open]")
    assert dialog.locator("kbd").count() > 15
    for panel in ("trajectories", "layers", "timeline", "attribution", "legend", "feature"):
        text = dialog.locator(f"#help-{panel}").inner_text()
        assert all(part in text for part in ("What is shown.", "How to read it.", "What can mislead."))
    visit.page.keyboard.press("ArrowRight")
    assert visit.state["frame"] == 0
    visit.page.keyboard.press("Escape")
    assert visit.page.locator("dialog[open]").count() == 0


def test_positions_can_be_read_with_the_keyboard(desk, procgen):
    visit = desk(procgen)
    visit.page.locator("#attribution .picture-surface").nth(1).focus()
    visit.page.keyboard.press("Shift+ArrowRight")
    visit.page.keyboard.press("Shift+ArrowRight")
    visit.settle()
    assert "row 16, column 17" in visit.page.locator(".readout").inner_text()
    assert visit.state["frame"] == 0


def test_everything_can_be_reached_with_the_tab_key(desk, procgen):
    visit = desk(procgen)
    seen = set()
    for _ in range(140):
        visit.page.keyboard.press("Tab")
        seen.add(visit.page.evaluate("document.activeElement.closest('section, header, dialog')?.id || ''"))
    assert {"header", "trajectories", "bookmarks", "episodes", "notes", "timeline", "layers", "attribution", "legend"} <= seen
