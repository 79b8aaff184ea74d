"""Formats of dates and numbers in the three languages: day first, Sunday first, Western digits."""
