"""Sealed answers: accepted beside what tells who gave them, mixed, and opened where nothing does."""
