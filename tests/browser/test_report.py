"""Curves of training runs, in a real browser, opened from disk."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reports"))
from written_run import write_run  # noqa: E402

from rlvis.reports import write_comparison, write_report  # noqa: E402


@pytest.fixture
def open_page(browser):
    """A function that opens a page from disk; anything the browser complains of fails the test."""
    complaints, pages = [], []

    def open_page(path):
        page = browser.new_page(viewport={"width": 1000, "height": 800})
        pages.append(page)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: None if request.url == path.as_uri() else complaints.append(request.url))
        page.goto(path.as_uri())
        return page

    yield open_page
    for page in pages:
        page.close()
    assert complaints == []


def test_values_are_read_by_pointer_and_keys(open_page, tmp_path):
    page = open_page(write_report(write_run(tmp_path / "run", [1, 2, 3, 4])))
    chart = page.locator("figure").filter(has_text="Return").first
    plot, readout = chart.locator("svg"), chart.locator("output")
    box = plot.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 15, box["y"] + box["height"] / 2)
    assert "training 4" in readout.inner_text() and "unseen levels 5 ± 0.5" in readout.inner_text()
    page.mouse.move(0, 0)
    assert readout.inner_text() == ""
    plot.focus()
    page.keyboard.press("Home")
    assert "training 1" in readout.inner_text()
    page.keyboard.press("End")
    assert "training 4" in readout.inner_text()


def test_axis_smoothing_and_legend(open_page, tmp_path):
    page = open_page(write_comparison([write_run(tmp_path / "a", [1, 5]), write_run(tmp_path / "b", [9, 9])], tmp_path / "both.html"))
    chart = page.locator("figure").filter(has_text="Return: training")
    curves = chart.locator("g.curve")
    assert curves.count() == 2
    chart.get_by_role("button", name="b").click()
    assert curves.count() == 1
    page.get_by_label("hours").check()
    chart.locator("svg").focus()
    page.keyboard.press("End")
    assert chart.locator("output").inner_text() == "1 hours: a 5"
    page.get_by_label("Smoothing").fill("0.5")
    assert chart.locator("path.raw").count() == 1
    page.keyboard.press("Tab")
    chart.locator("svg").focus()
    page.keyboard.press("End")
    # (1 · ½ + 5) / (½ + 1)
    assert chart.locator("output").inner_text() == "1 hours: a 3.667"


@pytest.mark.parametrize("width", [360, 768, 3840])
def test_charts_fit_every_width_and_their_labels_stay_readable(open_page, tmp_path, width):
    page = open_page(write_comparison([write_run(tmp_path / ("a-name-that-goes-on-and-on-" * 3), [-1e-4, 5]), write_run(tmp_path / "b", [9, 9])], tmp_path / "both.html"))
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_function("(() => { const plot = document.querySelector('svg.plot'), unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 14; return Math.abs(plot.viewBox.baseVal.width - plot.getBoundingClientRect().width / unit) < 2; })()")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    text, root = page.evaluate("[document.querySelector('.grid text').getBoundingClientRect().height, parseFloat(getComputedStyle(document.documentElement).fontSize)]")
    assert text > 0.8 * root


def test_numbers_are_written_as_people_write_them(open_page, tmp_path):
    page = open_page(write_report(write_run(tmp_path / "run", [1, 2])))
    values = [0, -0.5, 12345, -2e6, 4e-4, 1e-7, 0.1, 100]
    assert page.evaluate("(values) => values.map(report.number)", values) == ["0", "−0.5", "12.35 k", "−2 M", "4e−4", "1e−7", "0.1", "100"]
