"""Commands of surveys, and what they add to the demonstration."""
