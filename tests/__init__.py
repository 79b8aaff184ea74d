"""Tests: one folder for each app, real PostgreSQL, exact results."""
