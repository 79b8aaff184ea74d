"""Indicators, by area."""
