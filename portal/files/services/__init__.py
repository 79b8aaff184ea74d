"""Storing files, and having them scanned."""

from portal.files.choices import PDF
from portal.files.rules import FileRefused
from portal.files.services.scanning import finish_removals, scan_waiting
from portal.files.services.storing import MAX_SIZE, Accepted, accept, forget, keep, keep_all, safe_name, store

__all__ = [
    "MAX_SIZE",
    "PDF",
    "Accepted",
    "FileRefused",
    "accept",
    "finish_removals",
    "forget",
    "keep",
    "keep_all",
    "safe_name",
    "scan_waiting",
    "store",
]
