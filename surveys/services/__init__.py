"""Writes: building surveys, moving them from state to state, taking answers."""
