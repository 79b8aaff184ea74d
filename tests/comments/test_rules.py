"""The order of comments by the lower bound of the Wilson interval."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.comments.rules import wilson_lower_bound

counts = st.integers(min_value=0, max_value=100_000)


@pytest.mark.parametrize(
    # Found by bisection of the equation whose root the formula is, with z = 1.959964.
    ("up", "down", "expected"),
    [(0, 0, 0.0), (1, 0, 0.206549), (10, 0, 0.722467), (58, 3, 0.865089), (5, 5, 0.236593), (0, 10, 0.0)],
)
def test_known_values(up, down, expected):
    assert wilson_lower_bound(up, down) == pytest.approx(expected, abs=1e-5)


@given(counts, counts)
def test_it_is_a_share_below_the_plain_one(up, down):
    bound = wilson_lower_bound(up, down)
    assert 0 <= bound <= (up / (up + down) if up + down else 0) + 1e-12


@given(counts, counts)
def test_one_more_vote_up_never_lowers_it(up, down):
    assert wilson_lower_bound(up + 1, down) >= wilson_lower_bound(up, down) - 1e-12


@given(counts, counts)
def test_one_more_vote_down_never_raises_it(up, down):
    assert wilson_lower_bound(up, down + 1) <= wilson_lower_bound(up, down) + 1e-12
