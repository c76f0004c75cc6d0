"""How far repeats lie from the accepted images when nothing changed."""
