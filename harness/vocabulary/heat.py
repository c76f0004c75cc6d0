"""The colors of differences in heat maps, the same in images and legends."""

HEAT_SCALE = (
    (1, "#40366a"),
    (2, "#733d90"),
    (4, "#c72192"),
    (8, "#f53f62"),
    (16, "#f87d51"),
    (32, "#f9aa61"),
    (64, "#fbd279"),
    (128, "#fbf7ae"),
)
"""Least difference in levels of each class, and its color. A class is a doubling, and 10 CIE L* lighter than the one
before (26 to 96): equal steps to the eye, on dark ground, in the same order for every kind of color blindness. The
first two are pale, so that they are faint where they cover everything."""

NOTICEABLE = 8
"""Levels from which a difference of a pixel is listed as a region; smaller ones only where none is as large."""
