"""What is on the screen is in the address, and a bad address is never a blank page."""

import pytest

FULL = {
    "trajectory": 1, "frame": 17, "layer": "3a", "direction": "combined", "pinned": [1, "residual"], "residual": True, "overlay": False, "tone": "pale",
    "smooth": False, "enlarge": "linear", "opacity": 0.6, "scale": "all", "gain": 2, "saturation": "white", "fps": 30, "atEnd": "loop", "visible": 64,
    "series": ["value", "entropy", "row:distance"], "human": True, "names": {"2b": {"3": "a,b~c&d"}, "3a": {"0": "é 漢"}}, "notes": "x=1&y#2",
    "rows": [{"method": "integrated_gradients", "output": "value", "layer": "4a"}, {"method": "perturbation", "output": "value", "layer": None}],
    "bookmarks": [{"trajectory": 0, "frame": 3, "note": "here, ~ & there"}], "popup": {"feature": 2, "expand": 2.5, "patches": "0.5", "example": {"observation": 7, "row": 3.25, "column": 8, "expand": 4, "strength": 0.5}}, "theme": "dark",
}  # fmt: skip


def test_a_link_reproduces_everything(desk, procgen):
    visit = desk(procgen)
    visit.page.evaluate("(state) => rlvis.app.store.set(state)", FULL)
    visit.settle()
    link = visit.page.evaluate("rlvis.app.address.link()")
    again = desk(procgen, link[link.index("#") :])
    state = again.state
    assert {key: state[key] for key in FULL} == FULL
    assert again.page.evaluate("rlvis.app.address.link()") == link
    assert again.page.locator(".notice").count() == 0


def test_the_address_follows_the_screen(desk, procgen):
    visit = desk(procgen)
    visit.page.keyboard.press("ArrowRight")
    visit.page.wait_for_function("() => location.hash.includes('frame=1')")
    assert visit.page.url.endswith("#trajectory=1&frame=1&layer=2b")


def test_a_new_address_in_the_same_page_is_followed(visits, procgen):
    visit = visits(procgen)
    visit.page.wait_for_function("() => location.hash !== ''")
    visit.page.evaluate("location.hash = '#trajectory=2&frame=9&layer=1a'")
    visit.page.wait_for_function("() => rlvis.app.state.frame === 9")
    assert (visit.state["trajectory"], visit.state["layer"]) == (1, "1a")


def test_question_mark_parameters_are_read_too(visits, procgen):
    visit = visits(procgen, "?trajectory=2&frame=11&layer=1a")
    state = visit.state
    assert (state["trajectory"], state["frame"], state["layer"]) == (1, 11, "1a")


@pytest.mark.parametrize(
    ("address", "notices"),
    [
        ("?layer=nonsense&trajectory=99&frame=-4", 3),
        ("#layer=%3C/script%3E&trajectory=x&frame=1e9", 3),
        ("#frame=99999", 1),
        ("#rows=nothing~value~9z&features=99&feature=44~4~1", 3),
        ("#rows=&features=0&gain=0&fps=Infinity&names=%E0%A4%A&bookmarks=1~2&theme=pink", 7),
        ("#timeline=,,&series=%&visible=NaN", 1),
    ],
)
def test_bad_addresses_fall_back_with_a_notice(desk, procgen, address, notices):
    visit = desk(procgen, address)
    assert visit.page.locator(".notice").count() == notices
    assert visit.page.locator("#attribution .picture:visible").count() == 3
    assert any(visit.pixels("#attribution .picture-base"))
    assert visit.page.locator(".panel-message:visible").count() == 0


def test_copy_link_gives_the_link(visits, procgen, server):
    visit = visits(procgen, "#frame=8")
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.page.get_by_role("button", name="Copy link").click()
    visit.page.wait_for_selector(".notice")
    assert "copied" in visit.page.locator(".notice").inner_text()
