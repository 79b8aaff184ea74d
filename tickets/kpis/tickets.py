"""Indicators of requests, recounted from the ledgers of moves and promises."""


def register() -> None:
    """Offer the indicators."""
