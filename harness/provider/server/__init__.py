"""Servers that a user runs: free where they are at this machine."""
