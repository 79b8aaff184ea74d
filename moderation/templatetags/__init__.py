"""Words of the moderation queue."""
