"""Words to a :class:`~harness.prompt.scene.Scene`, by explicit steps."""
