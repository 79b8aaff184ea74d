"""Reads across several models."""
