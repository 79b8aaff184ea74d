"""The append-only trail: who did what to what, and when. It stands below everything and stores plain ids."""
