"""Whether a hosted model has changed, asked every night."""
