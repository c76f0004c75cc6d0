"""The public API that ``import harness`` offers. No other room imports this one."""
