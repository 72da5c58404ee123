import numpy as np

from rlvis.saliency_video.legend import LINE, add_title, key_line, step_line, text_strip


def test_words_are_written_in_their_colours():
    strip = text_strip(200, [[("value", (255, 0, 0))], [("policy", (0, 0, 255))]])
    assert strip.shape == (2 * LINE, 200, 3) and strip.dtype == np.uint8
    assert strip[:LINE, :, 0].max() > 200 and strip[:LINE, :, 2].max() == 0
    assert strip[LINE:, :, 2].max() > 200 and strip[LINE:, :, 0].max() == 0


def test_words_that_do_not_fit_are_cut_off():
    assert text_strip(10, [[("a long line of words", (255, 255, 255))]]).shape == (LINE, 10, 3)


def test_titles_stand_above():
    panel = np.full((5, 60, 3), 7, np.uint8)
    titled = add_title(panel, "SARFA")
    assert (titled[LINE:] == panel).all() and titled[:LINE].max() > 200


def test_what_a_step_says():
    assert [word for word, _ in step_line(3, "LEFT", 0.256, 1.23456, 0.0)] == ["step 3", "LEFT 26 %", "value 1.23"]
    assert step_line(3, "LEFT", 0.256, 1.2, -1.0)[-1][0] == "reward -1"
    assert key_line(["value"], [(1, 0, 0)]) == [("value", (255, 89, 89))]
