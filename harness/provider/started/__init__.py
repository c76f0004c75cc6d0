"""Servers that are started for a run: their definition, their process, their log, and the provider in front of them."""
