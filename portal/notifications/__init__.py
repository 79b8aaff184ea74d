"""Telling each person what concerns them: what, by what, and when they choose."""
