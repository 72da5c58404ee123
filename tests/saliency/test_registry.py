from dataclasses import dataclass

import numpy as np
import pytest

from rlvis.attribution.targets import VALUE
from rlvis.errors import OptionError
from rlvis.saliency import METHODS, POLICY, find_method, register_saliency_method


@dataclass(frozen=True)
class BrightnessOptions:
    power: float = 1.0


@pytest.fixture
def brightness():
    def explain(network, parameters, observations, state, targets, options):
        return np.stack([observations.mean(axis=-1) ** options.power] * len(targets))

    yield register_saliency_method("brightness", explain, label="brightness", options=BrightnessOptions)
    del METHODS["brightness"]


def test_methods_of_ones_own(brightness, bent, small_pictures):
    assert find_method("brightness") is brightness
    maps = brightness.maps(*bent, small_pictures, [VALUE, POLICY], options=brightness.make_options({"power": 2.0}))
    np.testing.assert_allclose(maps[1], small_pictures.mean(axis=-1) ** 2, rtol=1e-5)
    with pytest.raises(OptionError, match="unknown option"):
        brightness.make_options({"powr": 2.0})


def test_a_method_that_answers_in_another_shape_is_told_so(brightness, bent, small_pictures):
    wrong = register_saliency_method("brightness", lambda *arguments: np.zeros((3, 4)))
    with pytest.raises(OptionError, match="expected"):
        wrong.maps(*bent, small_pictures, [VALUE])


def test_own_names_are_kept():
    with pytest.raises(OptionError, match="cannot be called"):
        register_saliency_method("sarfa", lambda *arguments: None)
    with pytest.raises(OptionError, match="cannot be called"):
        register_saliency_method("two words", lambda *arguments: None)


def test_unknown_methods_are_refused_with_a_suggestion():
    with pytest.raises(OptionError, match="did you mean 'perturbation'"):
        find_method("perturbations")


def test_options_of_another_method_are_refused(bent, small_pictures):
    with pytest.raises(OptionError, match="takes GradientOptions"):
        find_method("gradient").maps(*bent, small_pictures, [VALUE], options=BrightnessOptions())


def test_every_method_says_where_it_is_from_and_has_defaults():
    for method in METHODS.values():
        method.options()
        assert method.label and method.supported([VALUE, POLICY])
