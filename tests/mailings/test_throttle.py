"""How much the relay and each domain are asked to take in a minute."""

import pytest

from portal.mailings.services import throttle


class Clock:
    def __init__(self):
        self.now, self.slept = 1000.0, 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        self.slept += seconds


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(throttle, "monotonic", made.monotonic)
    monkeypatch.setattr(throttle, "sleep", made.sleep)
    return made


def test_the_bound_is_reached_and_not_passed_until_the_minute_is_over(clock):
    bound = throttle.Throttle(3, 0)
    assert [bound.wait_for("a@example.org") for _ in range(3)] == [0.0] * 3
    assert clock.slept == 0
    clock.now += 59.5
    assert bound.wait_for("a@example.org") == 0.0
    assert clock.slept == pytest.approx(0.5)
    assert [bound.wait_for("a@example.org") for _ in range(2)] == [0.0] * 2
    assert clock.slept == pytest.approx(0.5)


def test_a_domain_that_has_enough_holds_up_nobody_else(clock):
    bound = throttle.Throttle(0, 2)
    assert [bound.wait_for(f"{n}@Slow.example") for n in "ab"] == [0.0, 0.0]
    clock.now += 20
    assert bound.wait_for("c@slow.example") == pytest.approx(40)
    assert bound.wait_for("a@other.example") == 0.0
    clock.now += 40
    assert bound.wait_for("c@slow.example") == 0.0
    assert clock.slept == 0


def test_without_bounds_nothing_waits(clock):
    bound = throttle.Throttle(0, 0)
    assert {bound.wait_for("a@example.org") for _ in range(1000)} == {0.0}
