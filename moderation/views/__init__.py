"""Pages of moderation: reporting for everybody, the queue for moderators."""
