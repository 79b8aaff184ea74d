"""Measures of speed and memory, apart from the tests: nothing in them decides whether a test passes."""
