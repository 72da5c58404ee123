import pytest

from rlvis.errors import OptionError
from rlvis.saliency_video.options import SaliencyVideoOptions, color_weights, parse_setting


def test_colours():
    assert color_weights("blue") == (0, 0, 1) and color_weights("#ff0000") == (1, 0, 0)
    with pytest.raises(OptionError, match="no colour"):
        color_weights("bleu")


def test_settings():
    assert parse_setting("perturbation.stride=4") == ("perturbation.stride", 4)
    assert parse_setting("fill=black") == ("fill", "black")
    assert parse_setting("local=false") == ("local", False)
    with pytest.raises(OptionError, match="expected"):
        parse_setting("stride")


@pytest.mark.parametrize("wrong", [{"picture": "small"}, {"scale": "log"}, {"sign": "both"}, {"methods": ()}, {"outputs": ("value",) * 5}, {"sigma": -1.0}, {"blend": 1.5}, {"colors": ("reddish", "blue")}])
def test_wrong_options_are_refused(wrong):
    with pytest.raises(OptionError):
        SaliencyVideoOptions(**wrong)
