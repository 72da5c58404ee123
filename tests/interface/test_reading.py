import pytest

from rlvis.errors import OutputError
from rlvis.interface.reading import read_chunk, read_index
from tests.interface import fake_content


def test_places_without_an_interface(tmp_path):
    with pytest.raises(OutputError, match="cannot read"):
        read_index(tmp_path)
    for text in ("<html>", '<script type="application/json" id="index">{</script>', '<script type="application/json" id="index">{"format":"rlvis-interface","version":0}</script>'):
        (tmp_path / "interface.html").write_text(text)
        with pytest.raises(OutputError, match="is not a page of rlvis-interface version 1"):
            read_index(tmp_path)


def test_missing_and_damaged_chunks(tmp_path):
    fake_content.write(tmp_path / "out", "minatar", 1, 3)
    index = read_index(tmp_path / "out")
    with pytest.raises(OutputError, match="no chunk 'nothing'"):
        read_chunk(tmp_path / "out", index, "nothing")
    path = tmp_path / "out" / index["chunks"]["frames-0"]["file"]
    path.write_text(path.read_text()[:100])
    with pytest.raises(OutputError, match="damaged"):
        read_chunk(tmp_path / "out", index, "frames-0")
    path.unlink()
    with pytest.raises(OutputError, match="cannot read"):
        read_chunk(tmp_path / "out", index, "frames-0")
