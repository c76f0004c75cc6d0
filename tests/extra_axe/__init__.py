"""Every page against the rules of axe-core, in a real Chromium."""
