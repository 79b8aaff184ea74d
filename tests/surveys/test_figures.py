"""Figures, intervals and tests against known values and by properties."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.figures import ces, csat, mean, mean_of_sums, median, nps, share, variance
from surveys.rules.significance import (
    LEAST,
    Compared,
    Method,
    Sums,
    Word,
    chi_square,
    holm,
    ranks,
    student,
    table,
    two_rounds,
    two_shares,
    welch,
)

pytestmark = pytest.mark.quick

points = st.dictionaries(st.integers(0, 10), st.integers(0, 400), min_size=1)


def spread(counts):
    return sorted(chain.from_iterable([point] * count for point, count in counts.items()))


class TestShares:
    @pytest.mark.parametrize(
        ("part", "whole", "low", "high"),
        # Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998), table I,
        # method 3.
        [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
    )
    def test_wilson_as_published(self, part, whole, low, high):
        found = share(part, whole)
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)

    @given(st.integers(1, 5000), st.data())
    def test_the_share_lies_in_its_interval(self, whole, data):
        part = data.draw(st.integers(0, whole))
        found = share(part, whole)
        assert 0 <= found.low <= found.value <= found.high <= 1
        turned = share(whole - part, whole)
        assert turned.low == pytest.approx(1 - found.high, abs=1e-12)

    def test_nobody_gives_none(self):
        assert [share(0, 0), csat({}), nps({1: 0}), ces({}), mean({}), median({})] == [None] * 6


class TestScores:
    def test_satisfied_are_four_and_five(self):
        found = csat({1: 10, 2: 10, 3: 20, 4: 30, 5: 30})
        assert (found.value, found.n) == (0.6, 100)

    def test_net_promoters(self):
        found = nps({10: 40, 9: 10, 8: 15, 7: 5, 6: 20, 0: 10})
        assert (found.value, found.n) == (20.0, 100)
        # By hand: 51 and 31 of 102, their difference 20/102, the variance (82/102 − (20/102)²) / 102.
        half = 1.959963984540054 * ((82 / 102 - (20 / 102) ** 2) / 102) ** 0.5
        assert (found.low, found.high) == pytest.approx((100 * (20 / 102 - half), 100 * (20 / 102 + half)))

    @given(points)
    def test_a_score_lies_in_its_interval(self, counts):
        found = nps(counts)
        if found is not None:
            assert -100 <= found.low <= found.value <= found.high <= 100

    def test_all_agreeing_still_leaves_doubt(self):
        assert nps({10: 12}).low < 90
        assert nps({10: 1}).low < 0

    @given(points)
    def test_means_and_medians_are_those_of_the_answers(self, counts):
        given_points = spread(counts)
        if not given_points:
            assert mean(counts) is None
            return
        n = len(given_points)
        assert mean(counts).value == pytest.approx(sum(given_points) / n)
        middle = (given_points[(n - 1) // 2] + given_points[n // 2]) / 2
        assert median(counts) == middle
        average = sum(given_points) / n
        if n > 1:
            assert variance(counts) == pytest.approx(sum((one - average) ** 2 for one in given_points) / (n - 1))

    def test_sums_give_the_mean(self):
        # 2, 4, 4, 4, 5, 5, 7, 9: the mean 5, squares from it 32.
        found = mean_of_sums(8, 40, 232)
        assert found.value == 5
        assert found.high - 5 == pytest.approx(1.959963984540054 * (32 / 7 / 8) ** 0.5)


class TestDistributions:
    @pytest.mark.parametrize(
        # Tables of NIST/SEMATECH, e-Handbook of Statistical Methods, 1.3.6.7.2 (two-sided 0.05); below 1.3.6.7.4.
        ("t", "freedom"),
        [(12.706, 1), (2.571, 5), (2.228, 10), (2.042, 30), (1.984, 100)],
    )
    def test_student(self, t, freedom):
        assert student(t, freedom) == pytest.approx(0.05, abs=2e-4)

    @pytest.mark.parametrize(("value", "freedom"), [(3.841, 1), (5.991, 2), (18.307, 10), (43.773, 30), (124.342, 100)])
    def test_chi_square(self, value, freedom):
        assert chi_square(value, freedom) == pytest.approx(0.05, abs=2e-5)

    @given(st.floats(0.001, 200), st.integers(1, 80))
    def test_chances_are_chances(self, value, freedom):
        assert 0 <= chi_square(value, freedom) <= 1
        assert 0 <= student(value, freedom) <= 1
        assert chi_square(value, freedom) >= chi_square(value + 1, freedom) - 1e-12


class TestTests:
    def test_two_shares(self):
        # 60 of 100 beside 45 of 100: pooled 0.525, z = 0.15 / √(0.525·0.475·0.02).
        found = two_shares(60, 100, 45, 100)
        assert found.statistic == pytest.approx(0.15 / (0.525 * 0.475 * 0.02) ** 0.5)
        assert found.p == pytest.approx(0.0337, abs=1e-4)
        # The square of z is the chi-square of the table of both.
        assert table([[60, 40], [45, 55]]).statistic == pytest.approx(found.statistic**2)
        assert table([[60, 40], [45, 55]]).p == pytest.approx(found.p)

    def test_a_table_as_published(self):
        # Convictions of twins in Fisher, Statistical Methods for Research Workers (1925 and later), section 21.01.
        assert table([[10, 3], [2, 15]]).statistic == pytest.approx(13.032, abs=1e-3)
        assert table([[1, 4], [3, 2]]) is None

    def test_lines_without_anybody_are_left_out(self):
        assert table([[30, 0, 20], [0, 0, 0], [20, 0, 30]]).p == pytest.approx(table([[30, 20], [20, 30]]).p)
        assert table([[30, 20], [0, 0]]) is None
        assert table([]) is None

    def test_rare_choices_are_put_together(self):
        assert table([[50, 49, 1], [50, 50, 0]]) is None
        assert two_rounds([[50, 49, 1], [50, 50, 0]]).p == pytest.approx(table([[50, 50], [50, 50]]).p)
        assert two_rounds([[29, 0], [0, 500]]) is None
        assert two_rounds([[40, 0], [50, 0]]).p == 1
        assert two_rounds([[98, 2], [99, 1]]) is None

    def test_ranks_without_ties(self):
        # 40 numbers wholly above 40 others: U = 1600, z = 800 / √(1600·81/12).
        found = ranks({value: 1 for value in range(100, 140)}, {value: 1 for value in range(40)})
        assert found.statistic == pytest.approx(800 / (1600 * 81 / 12) ** 0.5)

    def test_ranks_with_ties_by_pairs(self):
        one, other = {1: 10, 2: 20, 3: 30}, {1: 20, 2: 15, 3: 5}
        first, second = spread(one), spread(other)
        u = sum((a > b) + (a == b) / 2 for a in first for b in second)
        ties = sum(count**3 - count for count in (30, 35, 35))
        spread_of_u = 60 * 40 / 12 * (101 - ties / (100 * 99))
        assert ranks(one, other).statistic == pytest.approx((u - 1200) / spread_of_u**0.5)

    def test_welch(self):
        # Two samples of 50 with means 10 and 11 and variances 4 and 9: t = −1 / √(13/50), freedom by Welch.
        one = Sums(50, 500, 4 * 49 + 50 * 100)
        other = Sums(50, 550, 9 * 49 + 50 * 121)
        found = welch(one, other)
        assert found.statistic == pytest.approx(-1 / (13 / 50) ** 0.5)
        freedom = (13 / 50) ** 2 / ((4 / 50) ** 2 / 49 + (9 / 50) ** 2 / 49)
        assert found.p == pytest.approx(student(found.statistic, freedom))
        assert 0.05 < found.p < 0.06

    @given(points, points)
    def test_the_same_is_never_a_change_and_order_does_not_matter(self, one, other):
        if (found := ranks(one, other)) is not None:
            assert found.p == pytest.approx(ranks(other, one).p)
        if (same := ranks(one, one)) is not None:
            assert same.p == pytest.approx(1)

    def test_few_are_not_compared(self):
        few, enough = {1: LEAST - 1}, {1: LEAST}
        assert ranks(few, {2: 500}) is None and ranks(enough, {2: 500}) is not None
        assert welch(Sums.of(few), Sums.of({2: 500})) is None
        assert two_shares(1, LEAST - 1, 1, 500) is None and two_shares(1, LEAST, 1, 500) is not None

    def test_agreeing_all_is_no_division_by_nought(self):
        assert welch(Sums.of({3: 40}), Sums.of({3: 50})).p == 1
        assert welch(Sums.of({3: 40}), Sums.of({4: 50})).p == 0
        assert two_shares(0, 40, 0, 50).p == 1


class TestHolm:
    def chances(self, *found):
        return {str(place): Compared(Method.RANKS, p, 0) for place, p in enumerate(found)}

    def test_step_down(self):
        # Holm (1979): 0.01 ≤ 0.05/4, 0.02 > 0.05/3, and nothing after it counts.
        found = holm(self.chances(0.02, 0.01, 0.03, 0.04))
        assert [found[name] for name in "0123"] == [Word.CHANCE, Word.CHANGED, Word.CHANCE, Word.CHANCE]
        assert set(holm(self.chances(0.0125, 0.0166, 0.025, 0.05)).values()) == {Word.CHANGED}

    def test_what_is_too_few_costs_the_others_nothing(self):
        assert holm(self.chances(0.05) | {"few": None}) == {"0": Word.CHANGED, "few": Word.TOO_FEW}
