"""Scenes that the painter's tests generate."""

from harness.prompt.scene import Absence, Background, Relation, Scene, Thing

SCENES = (
    Scene((Thing("circle", "red", None, 2), Thing("square", "blue")), (Relation("left_of", 0, (1,)),)),
    Scene(
        (Thing("star", "yellow"), Thing("heart", "purple")), (Relation("inside", 0, (1,)),), Background("plain", "blue")
    ),
    Scene(
        (Thing("house", "white"), Thing("tree", "green"), Thing("sun")), (), Background("hills", None, "day"), "outline"
    ),
    Scene((Thing("moon"), Thing("stars"), Thing("ring", "pink")), (), Background("sea", None, "night"), "pastel"),
    Scene((Thing("cross", "orange", "small", 4),), (Relation("row", 0),), absent=(Absence(color="green"),)),
)
