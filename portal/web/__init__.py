"""What every page shares: layout and components, home, health, errors, navigation, and care for bad input."""
