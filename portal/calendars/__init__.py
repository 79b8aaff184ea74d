"""Deadlines and their receipts."""
