"""Paid providers that count what they really generate, and the reading of what a command recorded of it."""
