import numpy as np
import pytest
from numpy.testing import assert_allclose

from rlvis.attribution.quadrature import RULES, quadrature_rule
from rlvis.errors import OptionError


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("steps", [1, 3, 10])
def test_weights_sum_to_one_and_points_lie_in_the_interval(name, steps):
    rule = quadrature_rule(name, steps)
    assert len(rule.points) == steps
    assert_allclose(sum(rule.weights), 1, rtol=1e-12)
    assert all(0 < point <= 1 for point in rule.points)


def test_the_reference_rule_ends_at_one():
    assert quadrature_rule("right", 4).points == (0.25, 0.5, 0.75, 1.0)


@pytest.mark.parametrize("name, degree", [("midpoint", 1), ("gauss", 9), ("graded", 3)])
def test_polynomials_up_to_the_rules_degree_are_exact(name, degree):
    rule = quadrature_rule(name, 5)
    for power in range(degree + 1):
        assert_allclose(np.dot(rule.weights, np.power(rule.points, power)), 1 / (power + 1), rtol=1e-10)


def test_grading_integrates_a_kink_at_zero_best():
    errors = {name: abs(np.dot(rule.weights, np.sqrt(rule.points)) - 2 / 3) for name in RULES for rule in [quadrature_rule(name, 8)]}
    assert errors["graded"] < 1e-10 < errors["gauss"] < errors["midpoint"] < errors["right"]


def test_bad_input():
    with pytest.raises(OptionError, match="unknown integration rule 'simpson'; there are graded"):
        quadrature_rule("simpson")
    with pytest.raises(OptionError, match="at least 1 step"):
        quadrature_rule("gauss", 0)
