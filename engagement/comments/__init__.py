"""Threads, comments, and votes on comments."""
