"""How the painter's weights were made: scenes, true renders, network, training, export, evaluation."""
