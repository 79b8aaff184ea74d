"""Reads, named for their readers."""
