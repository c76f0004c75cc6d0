"""Services on the internet that are paid by the call."""
