"""What an agent remembers, on the timeline."""

import numpy as np


def labels(visit):
    return visit.page.locator(".row-label span:first-child").all_inner_texts()


def test_memory_has_rows(desk, atari, procgen):
    visit = desk(atari, "#frame=30")
    assert labels(visit) == ["frames", "advantage", "value function", "distance to the coin", "agreement", "change, lstm h", "units, lstm h"]
    # The made-up memory's unit u is sin((u + 1) t / 40), t steps into an episode.
    numbers = {unit: np.sin(30 * (1 + unit) / 40) for unit in (7, 0, 31, 12)}
    strongest = max(numbers, key=lambda unit: abs(numbers[unit]))
    text = visit.page.locator(".row-label-heat b").inner_text()
    assert text.startswith(f"{strongest}: ")
    assert abs(float(text.split(": ")[1].replace("−", "-")) - numbers[strongest]) < 0.01
    assert "units, lstm h" not in labels(desk(procgen))


def test_colour_is_the_sign_and_opacity_the_size(desk, atari):
    visit = desk(atari, "#frame=35&timeline=memory:lstm%2Fh:units&theme=light")
    width, height, top, bottom, perFrame = visit.page.evaluate(
        """() => { const { scrubber } = rlvis.app.panels.timeline; const canvas = scrubber.canvas; const ratio = canvas.width / rlvis.app.widthOf(canvas);
           return [canvas.width, canvas.height, scrubber.top[0] * ratio, scrubber.top[1] * ratio, scrubber.perFrame() * ratio]; }""")
    for frame, line, unit in [(20, 0, 7), (33, 2, 31), (50, 3, 12)]:
        value = np.sin(frame * (1 + unit) / 40)
        x, y = width / 2 + (frame - 35) * perFrame, top + (line + 0.5) * (bottom - top) / 4
        red, _, blue, _ = visit.samples(".scrubber-canvas", [[x / width, y / height]])[0]
        assert (red > blue) == (value > 0), (frame, unit)


def test_pointing_at_units_gives_all_their_numbers(desk, atari):
    visit = desk(atari, "#frame=30")
    box = visit.page.locator(".scrubber-canvas").bounding_box()
    top = visit.page.evaluate("rlvis.app.panels.timeline.scrubber.top.at(-2)")
    visit.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + top + 12)
    readout = visit.page.locator(".readout")
    assert "units, lstm h, frame 30" in readout.inner_text()
    assert readout.locator("tr").count() == 4
    visit.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 12)
    assert readout.is_hidden()


def test_other_parts_can_be_chosen(desk, atari):
    visit = desk(atari)
    visit.page.get_by_text("Rows", exact=True).click()
    visit.page.get_by_label("units, lstm c").check()
    visit.page.get_by_label("units, lstm h").uncheck()
    visit.settle()
    assert labels(visit)[-2:] == ["change, lstm h", "units, lstm c"]


def test_downloaded_numbers_hold_the_memory(desk, atari):
    visit = desk(atari)
    record = visit.page.evaluate("rlvis.app.exporter.records()[10]")
    assert abs(record["memory:lstm/h:unit 7"] - np.sin(2)) < 0.01
    assert record["memory:lstm/c:norm"] > 0


def test_the_memorys_share_is_said_and_drawn(desk, atari):
    visit = desk(atari, "#frame=30&layer=relu1")
    assert labels(visit)[-1] == "memory share"
    attribution = "rlvis.app.panels.attribution.rows[0].attribution"
    [memory, frame] = visit.page.evaluate(f"[{attribution}.memory[30], {attribution}.frameTotal(30)]")
    assert abs(memory - np.sin(30)) < 1e-6
    share = abs(memory) / (abs(memory) + abs(frame))
    assert abs(float(visit.page.locator(".row-label b").last.inner_text()) - share) < 0.005
    assert f"memory's share {100 * share:.0f} %" in visit.page.locator(".row-memory").inner_text()
    assert f"{visit.page.evaluate('rlvis.app.exporter.records()[30]')['integrated_gradients/relu1 value memory']:.4f}" == f"{np.sin(30):.4f}"


def test_what_earlier_frames_contributed_is_said_and_drawn(desk, atari):
    visit = desk(atari, "#frame=30&layer=relu1&rows=through_time~value")
    assert labels(visit)[-1] == "frames back"
    assert visit.page.locator(".row-label-heat b").last.inner_text().startswith("0: +0.96")
    assert "this frame +0.960, the 2 frames before −0.240" in visit.page.locator(".row-memory").inner_text()
    box = visit.page.locator(".scrubber-canvas").bounding_box()
    top = visit.page.evaluate("rlvis.app.panels.timeline.scrubber.top.at(-2)")
    visit.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + top + 12)
    assert visit.page.locator(".readout td:nth-child(2)").all_inner_texts() == ["this frame", "1 frame back", "2 frames back"]
    visit.page.mouse.move(0, 0)
