"""Transport: one client for every hosted system."""
