"""Pictures, clips and numbers that the page hands out."""

import base64
import csv
import io
import json

import numpy as np
import pytest
from PIL import Image


def download(visit, item):
    visit.page.locator("summary", has_text="Save").click()
    with visit.page.expect_download() as info:
        visit.page.get_by_role("button", name=item).click()
    return info.value.suggested_filename, info.value.path().read_bytes()


def test_the_view_as_png(desk, procgen):
    visit = desk(procgen, "#frame=21")
    name, data = download(visit, "This view as PNG")
    picture = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    assert name == "made-up-procgen-blob-trajectory1-frame21-2b.png"
    assert picture.shape[1] > 3 * 384
    observation = np.array(visit.pixels(".picture-base")).reshape(64, 64, 4)[:, :, :3]
    drawn = picture[58 + 44 : 58 + 44 + 384, 16 : 16 + 384][3::6, 3::6]
    np.testing.assert_allclose(drawn, observation, atol=1)


def test_pictures_say_what_the_row_says(desk, procgen):
    visit = desk(procgen, "#frame=21")
    parts = [text for text in visit.page.locator(".row-facts span").all_inner_texts() if text]
    assert len(parts) == 3
    assert visit.page.evaluate("rlvis.app.panels.attribution.rows[0].bar.factsText()") == ", ".join(parts)


def test_the_numbers_of_a_trajectory(desk, procgen, fake_content):
    visit = desk(procgen, "#frame=21")
    played = fake_content.trajectory(fake_content.game("procgen"), 90, 0)
    _, data = download(visit, "Numbers of this trajectory (CSV)")
    rows = list(csv.DictReader(io.StringIO(data.decode())))
    assert len(rows) == 90
    np.testing.assert_allclose([float(row["value"]) for row in rows], played.values, rtol=1e-5)
    np.testing.assert_allclose([float(row["advantage"]) for row in rows], played.advantages, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose([float(row["logit RIGHT"]) for row in rows], played.logits[:, 7], rtol=1e-4, atol=1e-6)
    layer = next(layer for layer in fake_content.game("procgen").layers if layer.id == "2b")
    sums = fake_content.planes(layer, 90, 0, 0).planes.sum(axis=(1, 2), dtype=np.float64)
    np.testing.assert_allclose([float(row["integrated_gradients/2b value feature 1"]) for row in rows], sums[:, 0], rtol=1e-4, atol=1e-6)
    _, data = download(visit, "Numbers of this trajectory (JSON)")
    whole = json.loads(data)
    assert len(whole["frames"]) == 90
    assert whole["provenance"]["seed"] == 0


def test_a_clip(desk, procgen):
    visit = desk(procgen, "#frame=3")
    visit.page.locator("summary", has_text="Save").click()
    visit.page.get_by_role("button", name="A clip as video").click()
    visit.page.get_by_label("Last frame", exact=True).fill("9")
    visit.page.locator("dialog[open]").get_by_label("Frames per second").fill("30")
    with visit.page.expect_download() as info:
        visit.page.get_by_role("button", name="Record").click()
    data = info.value.path().read_bytes()
    assert info.value.suggested_filename == "made-up-procgen-blob-trajectory1-frames3-9.webm"
    assert data[:4] == b"\x1a\x45\xdf\xa3"  # the mark of Matroska
    assert len(data) > 2000
    assert visit.state["frame"] == 3


def test_a_browser_without_recorder_still_makes_gifs(visits, procgen):
    visit = visits(procgen)
    visit.page.evaluate("() => { window.MediaRecorder = undefined; }")
    visit.page.locator("summary", has_text="Save").click()
    visit.page.get_by_role("button", name="A clip as video").click()
    assert "cannot record" in visit.page.locator("dialog[open]").inner_text()
    assert visit.page.get_by_label("Format").locator("option").all_inner_texts() == ["GIF"]


def test_a_clip_as_gif(desk, procgen):
    visit = desk(procgen, "#frame=3")
    visit.page.locator("summary", has_text="Save").click()
    visit.page.get_by_role("button", name="A clip as video").click()
    dialog = visit.page.locator("dialog[open]")
    dialog.get_by_label("Last frame", exact=True).fill("6")
    dialog.get_by_label("Frames per second").fill("20")
    dialog.get_by_label("Format").select_option("gif")
    with visit.page.expect_download() as info:
        dialog.get_by_role("button", name="Record").click()
    assert info.value.suggested_filename == "made-up-procgen-blob-trajectory1-frames3-6.gif"
    with Image.open(info.value.path()) as gif:
        assert (gif.n_frames, gif.info["duration"], gif.info["loop"]) == (4, 50, 0)
        for number in range(gif.n_frames):
            gif.seek(number)
            picture = np.asarray(gif.convert("RGB"), int)
            drawn = visit.page.evaluate("async (frame) => { await rlvis.app.showFrame(frame); return new rlvis.ViewCanvas(rlvis.app).draw().toDataURL(); }", 3 + number)
            exact = np.asarray(Image.open(io.BytesIO(base64.b64decode(drawn.split(",")[1]))).convert("RGB"), int)
            assert picture.shape == exact.shape
            assert np.abs(picture - exact).mean() < 3
    assert visit.state["frame"] == 6


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (90, 120)])
def test_gifs_are_read_back_as_they_were_written(desk, procgen, size):
    visit = desk(procgen)
    height, width = size
    # Few colours, so that each keeps its own; all kinds of runs, and more strings than there are codes.
    values = np.random.default_rng(0).integers(0, 6, (height, width, 3)) * 48
    values[: height // 2] = 0
    pixels = np.concatenate([values, np.full((height, width, 1), 255)], axis=-1)
    data = visit.page.evaluate(
        """async ([pixels, width, height]) => { const gif = new rlvis.Gif(width, height, 1000); gif.add(pixels); gif.add(pixels.map((value, i) => (i % 4 === 3 ? 255 : 240 - value)));
           return [...new Uint8Array(await gif.blob().arrayBuffer())]; }""",
        [pixels.ravel().tolist(), width, height],
    )
    with Image.open(io.BytesIO(bytes(data))) as gif:
        assert (gif.n_frames, gif.size) == (2, (width, height))
        np.testing.assert_array_equal(np.asarray(gif.convert("RGB")), values)
        gif.seek(1)
        np.testing.assert_array_equal(np.asarray(gif.convert("RGB")), 240 - values)


def test_provenance_is_complete(desk, procgen):
    visit = desk(procgen)
    visit.page.get_by_role("button", name="Provenance").click()
    text = visit.page.locator("dialog[open]").inner_text()
    for part in ("blob.npz", "00" * 32, "fake_content.py --kind procgen", "2026-01-02T03:04:05+00:00", "rlvis"):
        assert part in text
