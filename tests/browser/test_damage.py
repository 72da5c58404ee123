"""Missing and damaged data is named where it is missed, and the rest lives."""

import json
import re
import shutil

import pytest


@pytest.fixture
def damaged(procgen, tmp_path):
    """A function that copies the interface, damages one chunk and gives the page's path and the file's name."""

    def damage(name, change):
        page = shutil.copytree(procgen.parent, tmp_path / "damaged") / "interface.html"
        index = json.loads(re.search(r'id="index">(.*?)</script>', page.read_text(encoding="utf-8"), re.S).group(1))
        file = page.parent / index["chunks"][name]["file"]
        change(file)
        return page, file.name

    return damage


def cut(file):
    text = file.read_text(encoding="utf-8")
    file.write_text(text[: len(text) // 2], encoding="utf-8")


def scramble(file):
    text = file.read_text(encoding="utf-8")
    middle = len(text) // 2
    file.write_text(text[:middle] + "AAAAAAAAAAAAAAAAAAAAAAAA" + text[middle + 24 :], encoding="utf-8")


def rename_chunk(file):
    file.write_text(file.read_text(encoding="utf-8").replace("rlvis.chunk(", "rlvis.chunk('other-' + ", 1), encoding="utf-8")


def delete(file):
    file.unlink()


@pytest.mark.parametrize("change", [cut, scramble, rename_chunk, delete])
def test_a_lost_map_is_named_in_its_row(visits, damaged, change):
    page, name = damaged("integrated_gradients-2b-value-0", change)
    visit = visits(page, "#frame=4", expects_errors=True)
    message = visit.page.locator("#attribution .row .panel-message")
    message.wait_for()
    assert name in message.inner_text()
    assert "rest of the page works" in message.inner_text()
    assert visit.page.locator(".panel-message:visible").count() == 1
    assert any(visit.pixels("#attribution .picture-base"))
    visit.page.keyboard.press("]")
    visit.settle()
    assert visit.page.locator(".panel-message:visible").count() == 0
    assert any(visit.pixels("#attribution .picture:nth-child(2) .picture-planes"))


def test_a_lost_trajectory_leaves_frames_and_attribution(visits, damaged):
    page, name = damaged("trajectory-0", delete)
    visit = visits(page, expects_errors=True)
    message = visit.page.locator("#timeline > .panel-message")
    message.wait_for()
    assert name in message.inner_text()
    assert any(visit.pixels("#attribution .picture-base"))


def test_lost_frames_leave_numbers_and_attribution(visits, damaged):
    page, name = damaged("frames-0", delete)
    visit = visits(page, "#frame=4", expects_errors=True)
    message = visit.page.locator(".row .panel-message")
    message.wait_for()
    assert name in message.inner_text()
    assert "–" not in visit.page.locator("[data-cell=value]").inner_text()
    assert any(visit.pixels("#attribution .picture:nth-child(2) .picture-planes"))
    assert not [error for error in visit.errors if "ERR_FILE_NOT_FOUND" not in error]


def test_lost_examples_are_named_in_the_legend(visits, damaged):
    page, name = damaged("features-2b", scramble)
    visit = visits(page, expects_errors=True)
    message = visit.page.locator("#legend > .panel-message")
    message.wait_for()
    assert name in message.inner_text()
    visit.page.locator(".disc").nth(1).click()
    assert visit.state["pinned"] == [1]


def test_try_again_reads_a_file_that_came_back(visits, damaged):
    kept = {}

    def hide(file):
        kept[file] = file.read_text(encoding="utf-8")
        file.unlink()

    page, _ = damaged("integrated_gradients-2b-value-0", hide)
    visit = visits(page, expects_errors=True)
    again = visit.page.get_by_role("button", name="Try again")
    again.wait_for()
    for file, text in kept.items():
        file.write_text(text, encoding="utf-8")
    again.click()
    visit.page.wait_for_function("() => rlvis.app.panels.attribution.rows[0].attribution !== null")
    assert visit.page.locator(".panel-message:visible").count() == 0


def test_a_panel_that_throws_says_so_alone(visits, procgen):
    visit = visits(procgen, expects_errors=True)
    visit.page.evaluate("() => { rlvis.app.panels.legend.update = () => { throw new Error('made to fail'); }; rlvis.app.invalidate('names'); }")
    visit.settle()
    assert "made to fail" in visit.page.locator("#legend > .panel-message").inner_text()
    visit.page.keyboard.press("ArrowRight")
    visit.settle()
    assert "1 of 89" in visit.page.locator("[data-cell=frame]").inner_text()
