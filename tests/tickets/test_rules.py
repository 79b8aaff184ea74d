"""References and the table of moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.text import CODE_ALPHABET
from tickets.choices import ENDED_STATES, OPEN_STATES, TRANSITIONS, Mover, TicketState
from tickets.rules import new_reference, read_reference
from tickets.rules.tickets import _check_character


def test_a_reference_is_read_as_it_may_be_said_or_typed():
    reference = new_reference()
    plain = reference.replace("-", "")
    for typed in (reference, reference.lower(), plain, f" {plain[:2]} {plain[2:]} ", f"\u200f{reference}"):
        assert read_reference(typed) == reference
    assert len(reference) == 9
    assert reference[4] == "-"


def test_eastern_digits_are_read():
    digits = next(reference for reference in iter(new_reference, None) if any(c.isdigit() for c in reference))
    eastern = digits.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert read_reference(eastern) == digits


@pytest.mark.parametrize("typed", ["", "-", "7K3M", "7K3M-9PQTX", "O000-0000", "💡💡💡💡💡💡💡💡", "a" * 10_000])
def test_what_cannot_be_one_is_none(typed):
    assert read_reference(typed) is None


codes = st.text(alphabet=CODE_ALPHABET, min_size=7, max_size=7)


@given(codes, st.integers(0, 7), st.sampled_from(CODE_ALPHABET))
def test_one_wrong_character_is_noticed(body, position, other):
    plain = body + _check_character(body)
    wrong = plain[:position] + other + plain[position + 1 :]
    assert (read_reference(wrong) is not None) == (wrong == plain)


@given(codes, st.integers(0, 6))
def test_two_neighbours_exchanged_are_noticed(body, position):
    plain = body + _check_character(body)
    first, second = plain[position], plain[position + 1]
    exchanged = plain[:position] + second + first + plain[position + 2 :]
    # First and last letter of the alphabet stand for the same here: the one pair that this rule cannot tell apart.
    blind = {first, second} == {CODE_ALPHABET[0], CODE_ALPHABET[-1]}
    assert (read_reference(exchanged) is not None) == (exchanged == plain or blind)


def test_the_table_leaves_no_state_without_a_way():
    states = set(TicketState)
    assert {source for source, _target in TRANSITIONS} == states - {TicketState.MERGED}
    assert {target for _source, target in TRANSITIONS} == states - {TicketState.NEW}
    assert states == OPEN_STATES | ENDED_STATES
    assert not OPEN_STATES & ENDED_STATES


def test_a_person_moves_only_what_is_theirs_to_move():
    moved = {pair for pair, movers in TRANSITIONS.items() if Mover.PERSON in movers}
    assert {target for _source, target in moved} == {TicketState.OPEN, TicketState.CLOSED, TicketState.REOPENED}
    alone = {pair for pair, movers in TRANSITIONS.items() if Mover.PORTAL in movers}
    assert alone == {(TicketState.WAITING, TicketState.CLOSED), (TicketState.SOLVED, TicketState.CLOSED)}
