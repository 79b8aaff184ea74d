"""What the newsletter adds to the demonstration."""
