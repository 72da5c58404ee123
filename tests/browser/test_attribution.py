"""The attribution rows and the legend."""

import numpy as np
import pytest


def planes(visit, picture=1):
    """RGBA of one attribution picture (1: the first, 2: the second)."""
    data = visit.page.evaluate(
        """(i) => { const canvas = document.querySelectorAll("#attribution .picture:not([hidden]) .picture-planes")[i];
             return [canvas.height, canvas.width, ...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]; }""",
        picture,
    )
    return np.array(data[2:]).reshape(data[0], data[1], 4)


def test_hovering_the_legend_isolates_a_feature(desk, procgen):
    visit = desk(procgen, "#frame=30")
    everything = planes(visit)
    visit.page.locator(".legend-item").nth(2).locator(".legend-text").hover()
    visit.settle()
    alone = planes(visit)
    assert (alone != everything).any()
    strong = alone[..., 3] > 60
    assert strong.any()
    assert np.ptp(alone[strong][:, :3].astype(int), axis=0).max() <= 6  # one feature, one colour
    visit.page.mouse.move(5, 5)
    visit.settle()
    np.testing.assert_array_equal(planes(visit), everything)


def test_discs_pin_several_features(desk, procgen):
    visit = desk(procgen, "#frame=30")
    everything = planes(visit)
    discs = visit.page.locator(".legend-item .disc")
    discs.nth(0).click()
    discs.nth(2).click()
    visit.page.mouse.move(5, 5)
    visit.settle()
    assert visit.state["pinned"] == [0, 2]
    assert discs.nth(2).get_attribute("aria-pressed") == "true"
    assert (planes(visit) != everything).any()
    visit.page.get_by_role("button", name="Show all features").click()
    visit.settle()
    np.testing.assert_array_equal(planes(visit), everything)


@pytest.mark.parametrize(("key", "field", "value"), [("c", "direction", "combined"), ("r", "residual", True), ("s", "smooth", False)])
def test_options_change_the_picture(desk, procgen, key, field, value):
    visit = desk(procgen, "#frame=30")
    before = planes(visit)
    visit.page.keyboard.press(key)
    visit.settle()
    assert visit.state[field] == value
    assert (planes(visit) != before).any()


def test_combined_is_the_larger_of_both_directions(desk, procgen):
    visit = desk(procgen, "#frame=30&smooth=0&features=1")
    positive, negative = planes(visit, 1), planes(visit, 2)
    visit.page.get_by_role("radio", name="combined").check(force=True)
    visit.settle()
    np.testing.assert_array_equal(planes(visit)[..., 3], np.maximum(positive, negative)[..., 3])
    assert visit.page.locator("#attribution .picture:visible").count() == 2


def test_without_overlay_the_ground_is_black(desk, procgen):
    visit = desk(procgen, "#frame=30&overlay=0")
    ground = visit.page.evaluate(
        """() => { const canvas = document.querySelectorAll("#attribution .picture-base")[1];
             return Math.max(...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.filter((_, i) => i % 4 < 3)); }"""
    )
    assert ground == 0


def test_the_row_says_what_is_drawn_at_full_colour(desk, procgen):
    visit = desk(procgen, "#frame=30")
    scale = lambda: visit.page.locator(".row-scale").inner_text()  # noqa: E731
    assert "scale of this trajectory" in scale()
    visit.page.get_by_label("Colour scale").first.select_option("frame")
    visit.settle()
    assert "largest in this frame" in scale()
    maximum = visit.page.evaluate("rlvis.app.panels.attribution.rows[0].attribution.maxima[30]")
    assert float(scale().split("= ")[1].split(" ")[0]) == pytest.approx(maximum, rel=0.01)
    visit.page.locator(".options summary").click()
    visit.page.get_by_label("Multiplier of the colour scale").fill("2")
    visit.settle()
    assert visit.state["gain"] == 4
    assert float(scale().split("= ")[1].split(" ")[0]) == pytest.approx(maximum / 4, rel=0.01)


def test_hovering_a_position_gives_its_numbers(desk, procgen):
    visit = desk(procgen, "#frame=30")
    surface = visit.page.locator("#attribution .picture-surface").nth(1)
    box = surface.bounding_box()
    surface.hover(position={"x": box["width"] * (10.5 / 32), "y": box["height"] * (20.5 / 32)})
    visit.settle()
    text = visit.page.locator(".readout").inner_text()
    assert "layer 2b, row 20, column 10 (pixels 40–41, 20–21)" in text
    numbers = visit.page.evaluate("rlvis.app.panels.attribution.rows[0].attribution.at(30, 20, 10)")
    shown = visit.page.locator(".readout .numbers td.value").all_inner_texts()
    assert len(shown) == 9
    assert float(shown[0].replace("−", "-")) == pytest.approx(max(numbers, key=abs), rel=0.01)
    assert visit.page.locator(".picture-outline:visible").count() == 3


def test_bars_are_the_sums(desk, procgen, fake_content):
    visit = desk(procgen, "#frame=30")
    visit.page.locator(".chart-canvas").hover()
    layer = next(layer for layer in fake_content.game("procgen").layers if layer.id == "2b")
    sums = fake_content.planes(layer, 90, 0, 0).planes[30].sum(axis=(0, 1), dtype=np.float64)
    shown = [float(text.replace("−", "-")) for text in visit.page.locator(".readout .numbers td.value").all_inner_texts()]
    np.testing.assert_allclose(shown[:8], sums, rtol=0.006, atol=1e-6)


def test_bars_reach_as_far_as_the_scale_says(desk, procgen):
    visit = desk(procgen, "#frame=30&trajectory=2")
    sums = visit.page.evaluate("rlvis.app.panels.attribution.rows[0].attribution.sums")
    sums = np.array(sums)
    everybodys = visit.page.evaluate("rlvis.app.content.maps.find(({ id }) => id === 'integrated_gradients/2b').scales.value.sums")
    assert everybodys[1] == pytest.approx(np.abs(sums).max())
    expected = {"frame": np.abs(sums.reshape(90, -1)[30]).max(), "trajectory": np.abs(sums).max(), "all": max(everybodys)}
    for scale, largest in expected.items():
        visit.page.get_by_label("Colour scale").first.select_option(scale)
        visit.settle()
        assert float(visit.page.locator(".chart-axis span").first.inner_text()) == pytest.approx(largest, rel=0.01)


def test_rows_compare_outputs_methods_and_layers(desk, policy):
    visit = desk(policy, "#frame=10")
    visit.page.get_by_role("button", name="Add row").click()
    visit.page.get_by_label("Output that is attributed").nth(1).select_option("logit:7")
    visit.page.get_by_role("button", name="Add row").click()
    visit.page.get_by_label("Attribution method").nth(2).select_option("perturbation")
    visit.page.get_by_label("Layer of this row").nth(1).select_option("4a")
    visit.settle()
    assert visit.state["rows"][1] == {"method": "integrated_gradients", "output": "logit:7", "layer": "4a"}
    assert visit.state["rows"][2]["method"] == "perturbation"
    assert visit.page.locator(".row").count() == 3
    assert visit.page.locator(".row-label", has_text="logit of RIGHT").count() == 1
    assert visit.page.locator(".row").nth(1).locator(".picture-planes").nth(1).evaluate("(canvas) => canvas.width") == 8
    visit.page.get_by_role("button", name="Remove this row").first.click()
    visit.settle()
    assert [row["output"] for row in visit.state["rows"]][0] == "logit:7"
    assert visit.page.locator(".row").count() == 2


def test_an_added_row_shows_what_no_row_shows_yet(desk, procgen, policy):
    visit = desk(procgen, "#frame=10&layer=2b")
    for _ in range(2):
        visit.page.get_by_role("button", name="Add row").click()
        visit.settle()
    shown = visit.page.evaluate("rlvis.app.panels.attribution.rows.map(({ map }) => map.id)")
    assert shown == ["integrated_gradients/2b", "perturbation", "perturbation"]
    visit = desk(policy, "#frame=10")
    visit.page.get_by_role("button", name="Add row").click()
    assert [row["output"] for row in visit.state["rows"]] == ["value", "logit:7"]


def test_the_input_layer_shows_gradients_in_its_own_colours(desk, procgen):
    visit = desk(procgen, "#frame=10&layer=input")
    assert visit.page.get_by_label("Attribution method").input_value() == "gradients"
    assert visit.page.locator(".legend-name").all_inner_texts() == ["red", "green", "blue"]
    assert planes(visit).shape == (64, 64, 4)


def test_timeline_rows_can_be_chosen(desk, procgen):
    visit = desk(procgen)
    visit.page.locator(".menu-rows summary").click()
    visit.page.get_by_role("checkbox", name="entropy of the policy").check()
    visit.settle()
    assert visit.page.locator(".row-label", has_text="entropy of the policy").count() == 1
    assert "entropy" in visit.state["series"]


def test_frame_stacks_show_the_earlier_frames(desk, atari):
    visit = desk(atari, "#frame=61&stack=1")
    known = visit.page.evaluate("[...document.querySelectorAll('.stack-frame')].map((canvas) => !canvas.classList.contains('unknown'))")
    assert known == [False, False, True]  # frame 60 begins an episode


def test_human_resolution_frames_can_be_shown(desk, procgen):
    visit = desk(procgen, "#human=1")
    assert visit.page.locator(".picture-base").first.evaluate("(canvas) => canvas.width") == 128


def test_what_was_not_computed_is_said_in_its_row(visits, policy):
    visit = visits(policy, "#layer=input&rows=integrated_gradients~logit%253A7")
    visit.page.evaluate("() => { rlvis.app.content.maps.find((map) => map.layer === 'input').chunks = {}; rlvis.app.invalidate('rows'); }")
    visit.settle()
    assert "was not computed at layer input" in visit.page.locator(".row .panel-message").inner_text()
    visit.page.keyboard.press("]")
    visit.settle()
    assert visit.page.locator(".panel-message:visible").count() == 0
