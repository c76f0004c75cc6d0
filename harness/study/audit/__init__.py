"""What changes between two arms, beyond what repeats of one arm differ by."""
