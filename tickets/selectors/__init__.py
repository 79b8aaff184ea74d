"""Reads across models, by area."""
