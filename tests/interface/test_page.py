import base64
import hashlib
import re

import pytest
from bs4 import BeautifulSoup

from rlvis.errors import OutputError
from rlvis.interface import page
from rlvis.interface.page import concatenate, interface_page, render_page

HOSTILE = "</script><script>alert(1)</script> <!-- \" ' & \u2028 ${x} {{ x }}"


@pytest.fixture
def assets(tmp_path, monkeypatch):
    """Directories of templates and static files with small contents."""
    for name in ("templates", "static"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(page, "templates_directory", lambda: tmp_path / "templates")
    monkeypatch.setattr(page, "static_directory", lambda: tmp_path / "static")
    (tmp_path / "static" / "b.js").write_bytes(b'"use strict";\r\nlet b = "\xc3\xa9";')
    (tmp_path / "static" / "a.js").write_text("b = 1;\n")
    (tmp_path / "static" / "a.css").write_text("p > a { color: red }\n")
    return tmp_path


def render(**context):
    return "".join(interface_page({"title": HOSTILE, "layers": [HOSTILE]}, **context))


def policy(soup):
    text = soup.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    return {directive.split()[0]: directive.split()[1:] for directive in text.split("; ")}


def digest(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("single_file", [False, True])
def test_hashes_admit_exactly_the_own_script_and_style(single_file):
    soup = BeautifulSoup(render(single_file=single_file), "html.parser")
    scripts = [script for script in soup.find_all("script") if script.get("type") is None]
    assert len(scripts) == 1 and len(soup.find_all("style")) == 1
    found = policy(soup)
    assert found["script-src"] == ([] if single_file else ["'self'"]) + [digest(scripts[0].string)]
    assert found["style-src"] == [digest(soup.style.string)]
    assert found["default-src"] == ["'none'"]


def test_nothing_inline_and_nothing_from_elsewhere():
    soup = BeautifulSoup(render(), "html.parser")
    for element in soup.find_all(True):
        assert not [name for name in element.attrs if name.startswith("on") or name == "style"], element
        for address in ("src", "href"):
            assert element.get(address, "data:").startswith(("data:", "#")), element


def test_hostile_names_stay_text():
    text = render(blocks=[(HOSTILE, "{}\nAAAA")], single_file=True)
    soup = BeautifulSoup(text, "html.parser")
    assert soup.title.string == HOSTILE
    assert [script.get("type") for script in soup.find_all("script")] == ["application/json", "text/plain", None]
    assert soup.find("script", {"type": "text/plain"})["data-chunk"] == HOSTILE
    assert soup.find("script", {"type": "text/plain"}).string == "{}\nAAAA"


def test_scripts_are_concatenated_by_name_with_unix_newlines(assets):
    assert concatenate(assets / "static", ".js") == 'b = 1;\n"use strict";\nlet b = "é";\n'


def test_scripts_are_concatenated_in_the_order_given(assets):
    (assets / "static" / "ORDER").write_text("b.js\n\na.js\n")
    assert concatenate(assets / "static", ".js").startswith('"use strict"')
    assert concatenate(assets / "static", ".css") == "p > a { color: red }\n"


@pytest.mark.parametrize("order", ["b.js\n", "b.js\na.js\nc.js\n", "b.js\nb.js\na.js\n"])
def test_order_must_list_every_file_once(assets, order):
    (assets / "static" / "ORDER").write_text(order)
    with pytest.raises(OutputError, match="list every file once"):
        concatenate(assets / "static", ".js")


@pytest.mark.parametrize("text", ['"</script>"', "'</SCRIPT'", "// <!--", "'\0'"])
def test_scripts_that_would_break_the_page(assets, text):
    (assets / "static" / "c.js").write_text(text)
    with pytest.raises(OutputError, match="cannot stand in a page"):
        concatenate(assets / "static", ".js")


def test_other_pages(assets):
    (assets / "templates" / "report.html").write_text("<title>{{ title }}</title><style>{{ style }}</style><script>{{ script }}</script>{{ words }} {{ content_security_policy }}")
    for shared, part in (("pages", "p{}"), ("report", "figure{}")):
        (assets / "static" / shared).mkdir()
        (assets / "static" / shared / "style.css").write_text(part + "\n")
    (assets / "static" / "report" / "plot.js").write_text("plot();\n")
    text = "".join(render_page("report.html", "A & B", directory="report", words="<b>"))
    assert text.startswith("<title>A &amp; B</title><style>p{}\nfigure{}\n</style><script>plot();\n</script>&lt;b&gt; default-src")


@pytest.mark.parametrize("template", ["{{ missing }}", "{% if %}", None])
def test_broken_templates(assets, template):
    if template is not None:
        (assets / "templates" / "report.html").write_text(template)
    with pytest.raises(OutputError, match=r"report\.html cannot be rendered"):
        "".join(render_page("report.html", "t"))


def test_static_files_need_no_other_host():
    for suffix in (".js", ".css"):
        text = concatenate(page.static_directory(), suffix)
        assert not re.findall(r"(?:src|href|url\(|fetch\(|import)\s*[=(]?\s*[\"'`]?https?:", text)
