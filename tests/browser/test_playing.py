"""Stepping, playing, scrubbing and jumping."""

import numpy as np
import pytest


def frame(visit):
    return visit.state["frame"]


def test_buttons_step_and_go_to_the_ends(desk, procgen):
    visit = desk(procgen)
    press = lambda name: visit.page.get_by_role("button", name=name).click()  # noqa: E731
    press("Step forward")
    press("Step forward")
    press("Step back")
    assert frame(visit) == 1
    press("To the end")
    assert frame(visit) == 89
    press("Step forward")
    assert frame(visit) == 89
    press("To the start")
    assert frame(visit) == 0


@pytest.mark.parametrize(("button", "start", "end"), [("Play forward", 80, 89), ("Play backward", 9, 0)])
def test_playing_stops_at_the_end(desk, procgen, button, start, end):
    visit = desk(procgen, f"#frame={start}&fps=60")
    visit.page.get_by_role("button", name=button).click()
    visit.page.wait_for_function("() => rlvis.app.state.playing === 0")
    assert frame(visit) == end
    visit.page.wait_for_timeout(100)
    assert frame(visit) == end


def test_playing_loops_where_that_was_chosen(desk, procgen):
    visit = desk(procgen, "#frame=85&fps=60&end=loop")
    visit.page.get_by_role("button", name="Play forward").click()
    visit.page.wait_for_function("() => rlvis.app.state.frame < 80")
    visit.page.get_by_role("button", name="Pause").click()
    assert visit.state["playing"] == 0


def test_status_counts_rewards_and_time(desk, procgen, fake_content):
    visit = desk(procgen, "#frame=60")
    played = fake_content.trajectory(fake_content.game("procgen"), 90, 0)
    cell = lambda name: visit.page.locator(f"[data-cell={name}]").inner_text().replace("\n", " ")  # noqa: E731
    assert cell("frame") == "frame 60 of 89"
    assert cell("episode") == "new episode 2 of 2"
    assert cell("left") == "time left ≥ 29"
    assert cell("reward") == f"last reward {played.rewards[59]:.0f}"
    assert cell("return") == "return so far 0"
    visit.page.keyboard.press("ArrowLeft")
    visit.settle()
    assert cell("episode") == "episode 1 of 2"
    assert cell("left") == "time left 0"
    action = fake_content.game("procgen").actions[played.actions[59]]
    assert cell("action") == f"next action {action.glyph or action.short}"


def test_a_click_on_the_scrubber_jumps_and_a_drag_scrubs(desk, procgen):
    visit = desk(procgen, "#frame=20")
    box = visit.page.locator(".scrubber-canvas").bounding_box()
    centre, middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    per_frame = box["width"] / visit.state["visible"]
    visit.page.mouse.click(centre + 30 * per_frame, middle)
    assert abs(frame(visit) - 50) <= 1
    before = frame(visit)
    visit.page.mouse.move(centre, middle)
    visit.page.mouse.down()
    visit.page.mouse.move(centre + 10 * per_frame, middle, steps=4)
    assert abs(frame(visit) - (before - 10)) <= 1
    visit.page.mouse.move(centre + 400 * per_frame, middle, steps=4)
    visit.page.mouse.up()
    assert frame(visit) == 0


def test_the_wheel_zooms_the_time_axis(desk, procgen):
    visit = desk(procgen)
    visit.page.locator(".scrubber-canvas").hover()
    visit.page.mouse.wheel(0, -400)
    visit.settle()
    assert visit.state["visible"] < 256
    assert frame(visit) == 0


def test_the_overview_jumps(desk, procgen):
    visit = desk(procgen)
    box = visit.page.locator(".overview").bounding_box()
    visit.page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    assert frame(visit) == 45


def test_a_bookmark_jumps_and_pauses(desk, procgen):
    visit = desk(procgen)
    visit.page.get_by_role("button", name="Play forward").click()
    link = visit.page.locator(".bookmark-section a").first
    link.click()
    low = visit.page.evaluate("rlvis.app.content.bookmarks.low[0]")
    state = visit.state
    assert (state["trajectory"], state["frame"], state["playing"]) == (low["trajectory"], low["frame"], 0)
    assert link.inner_text() == f"trajectory {low['trajectory'] + 1}, frame {low['frame']}"
    shown = visit.page.locator(".bookmark-section .advantage").first.inner_text().replace("−", "-")
    assert float(shown) == pytest.approx(low["advantage"], rel=0.06)


def test_own_bookmarks_and_notes_travel_in_the_link(desk, procgen):
    visit = desk(procgen, "#frame=12")
    visit.page.keyboard.press("b")
    visit.page.get_by_role("textbox", name="Note", exact=True).fill("jumps ~ too late, & falls")
    visit.page.get_by_role("textbox", name="Your notes").fill("first\nsecond")
    other = desk(procgen, "#" + visit.page.evaluate("rlvis.app.address.link()").split("#")[1])
    assert other.state["bookmarks"] == [{"trajectory": 0, "frame": 12, "note": "jumps ~ too late, & falls"}]
    assert other.state["notes"] == "first\nsecond"
    assert other.page.get_by_role("textbox", name="Note", exact=True).input_value() == "jumps ~ too late, & falls"
    other.page.get_by_role("button", name="Remove this bookmark").click()
    assert other.state["bookmarks"] == []


def test_episodes_and_trajectories_can_be_chosen(desk, procgen):
    visit = desk(procgen)
    visit.page.locator("#episodes .link-button").nth(1).click()
    assert frame(visit) == 60
    visit.page.get_by_role("radio", name="trajectory 2").check(force=True)
    visit.settle()
    assert visit.state["trajectory"] == 1
    assert visit.page.locator("#episodes tbody tr").count() == len(visit.page.evaluate("rlvis.app.content.trajectories[1].episodes"))


def test_policy_bar_is_as_wide_as_the_probabilities(desk, procgen, fake_content):
    visit = desk(procgen, "#frame=7")
    logits = fake_content.trajectory(fake_content.game("procgen"), 90, 0).logits[7]
    probabilities = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    widths = visit.page.evaluate("[...document.querySelectorAll('.policy-segment')].map((node) => node.getBoundingClientRect().width)")
    np.testing.assert_allclose(np.array(widths) / sum(widths), probabilities, atol=0.004)
    assert visit.page.evaluate("[...document.querySelectorAll('.policy-segment')].findIndex((node) => node.classList.contains('chosen'))") == logits.argmax()


def test_fingers_scrub_jump_and_pin(visits, procgen):
    visit = visits(procgen, "#frame=20", width=390, height=800, has_touch=True, is_mobile=True)
    scrubber = visit.page.locator(".scrubber-canvas")
    scrubber.scroll_into_view_if_needed()
    box = scrubber.bounding_box()
    per_frame = box["width"] / visit.state["visible"]
    visit.page.touchscreen.tap(box["x"] + box["width"] / 2 + 25 * per_frame, box["y"] + 20)
    assert abs(frame(visit) - 45) <= 1
    visit.page.locator(".disc").nth(3).tap()
    assert visit.state["pinned"] == [3]
    visit.page.locator("#attribution .picture-surface").nth(1).tap()
    visit.settle()
    assert "layer 2b" in visit.page.locator(".readout").inner_text()
    visit.page.locator("#attribution h2").tap()
    assert not visit.page.locator(".readout").is_visible()
