import pytest

from rlvis.errors import OptionError
from rlvis.interface.feature_names import read_feature_names, write_feature_names


def test_names_come_back(tmp_path):
    names = {"2b": {0: "coins", 3: "säge"}, "3a": {}}
    write_feature_names(tmp_path / "names.json", names)
    assert read_feature_names(tmp_path / "names.json") == names


def test_what_the_page_exports(tmp_path):
    (tmp_path / "names.json").write_text('{"format": "rlvis-feature-names", "version": 1, "names": {"2b": {"0": "coins"}}}')
    assert read_feature_names(tmp_path / "names.json") == {"2b": {0: "coins"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "cannot read"),
        ("[]", "no feature names"),
        ('{"format": "rlvis-feature-names", "version": 2}', "no feature names"),
        ('{"format": "rlvis-feature-names", "version": 1}', "must be given as"),
        ('{"format": "rlvis-feature-names", "version": 1, "names": {"2b": ["coins"]}}', "must be given as"),
        ('{"format": "rlvis-feature-names", "version": 1, "names": {"2b": {"first": "coins"}}}', "must be given as"),
    ],
)
def test_other_files(tmp_path, text, message):
    (tmp_path / "names.json").write_text(text)
    with pytest.raises(OptionError, match=message):
        read_feature_names(tmp_path / "names.json")


def test_missing_file(tmp_path):
    with pytest.raises(OptionError, match="cannot read"):
        read_feature_names(tmp_path / "nothing.json")
