"""Commands and the demonstration, by area."""
