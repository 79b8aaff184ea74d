"""Reads, by area."""
