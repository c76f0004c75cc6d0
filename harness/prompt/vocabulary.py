"""The words that are understood: plain tables from meanings to words.

Each line maps a value of the vocabulary of scenes to its words. A "~" marks words whose meaning cannot be generated
exactly: using one is recorded as an ``adjust`` step.
"""


def _table(text: str) -> dict[str, tuple[str, ...]]:
    """Return the phrases of each kind or value, from lines such as "kind: one phrase, another"."""
    lines = text.strip().replace("\n  ", " ").splitlines()
    return {kind: tuple(phrases.split(", ")) for kind, _, phrases in (line.partition(": ") for line in lines)}


SHAPES = _table("""
circle: circle, disc, disk, round shape, ~ball, ~dot, ~sphere, ~balloon, ~oval, ~ellipse, ~spot, ~bubble
square: square, ~box, ~cube, ~block, ~rectangle, ~tile
triangle: triangle, ~pyramid, ~cone
star: star, five pointed star, 5 pointed star
heart: heart
diamond: diamond, rhombus, lozenge, ~gem, ~kite
ring: ring, hoop, annulus, ~donut, ~doughnut, ~wreath, ~torus
cross: cross, plus sign, ~crucifix
house: house, home, cottage, ~hut, ~cabin, ~building, ~barn, ~shed, ~bungalow
tree: tree, deciduous tree, ~pine, ~fir, ~oak, ~pine tree, ~fir tree, ~oak tree, ~christmas tree, ~spruce, ~birch
""")
_PLURALS = {
    "cross": "crosses", "stars": "stars", "rhombus": "rhombuses", "box": "boxes",
    "crucifix": "crucifixes", "torus": "tori", "annulus": "annuli", "birch": "birches",
}  # fmt: skip

SKY = _table("""
sun: the sun, sun, suns
moon: the moon, moon, moons, full moon, crescent moon, half moon
stars: sky stars, stars in the sky, scattered stars, sky full of stars, starlight, stars of the sky, twinkling stars
""")
COLORS = _table("""
red: red, crimson, scarlet, reddish, ~maroon, ~burgundy, ~ruby, ~vermilion, ~cherry red
orange: orange, ~amber, ~peach, ~coral, ~tangerine
yellow: yellow, yellowish, ~gold, ~golden, ~lemon, ~mustard
green: green, emerald, greenish, ~lime, ~olive, ~mint, ~lime green, ~forest green
blue: blue, navy, azure, navy blue, sky blue, royal blue, bluish, cobalt, sapphire, ~cyan, ~turquoise, ~teal, ~aqua,
  ~aquamarine
purple: purple, violet, ~indigo, ~lilac, ~lavender, ~mauve, ~plum
pink: pink, pinkish, ~magenta, ~fuchsia, ~salmon, ~rose colored, ~hot pink
brown: brown, brownish, chocolate, ~tan, ~beige, ~khaki, ~bronze, ~ochre
black: black, jet black, ebony, ~charcoal
white: white, snow white, ~cream, ~ivory, ~silver
gray: gray, grey
""")
SHADES = ("light", "dark", "bright", "pale", "deep", "vivid", "neon")
"""Words before a color that cannot be generated."""

NO_SUCH_THING_COLOR = {"gray": "black"}
"""Colors that only backgrounds have, and what a thing gets instead."""

NO_SUCH_GROUND = {"red": "pink", "orange": "yellow", "brown": "yellow"}
"""Colors that plain backgrounds do not have, and what they get instead."""

SIZES = _table("""
small: small, little, smaller, small sized, as small as possible, ~tiny, ~miniature, ~minute, ~smallest, ~teeny
medium: medium, medium sized, mid sized, middle sized, normal sized
large: large, big, larger, bigger, large sized, as large as possible, as big as possible, ~huge, ~giant, ~enormous,
  ~gigantic, ~massive, ~biggest, ~largest, ~great
""")
LANDSCAPES = _table("""
hills: hills, hill, hillside, hilly landscape, landscape, green hills, rolling hills, ~meadow, ~meadows, ~field,
  ~fields, ~mountains, ~mountain, ~valley, ~grass, ~countryside, ~park, ~garden, ~lawn, ~scenery, ~outdoors
sea: sea, ocean, seaside, ~beach, ~coast, ~shore, ~lake, ~water, ~waves
""")
TIMES = _table("""
day: day, daytime, daylight, sunny day, ~morning, ~noon, ~afternoon, ~midday, ~sunny
sunset: sunset, sundown, ~dusk, ~dawn, ~sunrise, ~evening, ~twilight
night: night, nighttime, moonlit, moonlit night, midnight, nocturnal, night time, ~darkness, ~dark
""")
STYLES = _table("""
flat: flat, ~minimalist, ~vector, ~flat design
outline: outline, outlined, outlines, with outlines, black outlines, with black outlines, outlined in black, ~comic,
  ~comics, ~cartoon, ~ink, ~line art, ~cartoonish, ~comic book, ~coloring book, ~pen
pastel: pastel, pastels, pastel colors, pastel colours, ~soft, ~softly colored, ~soft colors
""")

NUMBERS = {
    "zero": 0, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "twenty": 20, "thirty": 30,
    "forty": 40, "fifty": 50, "sixty": 60, "hundred": 100, "a hundred": 100, "thousand": 1000, "a thousand": 1000,
    "a million": 1_000_000, "million": 1_000_000, "a single": 1, "single": 1, "one": 1, "a couple of": 2,
    "a couple": 2, "couple of": 2, "a pair of": 2, "pair of": 2, "pairs of": 2, "twin": 2, "a trio of": 3, "trio of": 3,
    "a dozen": 12, "dozen": 12, "half a dozen": 6, "half dozen": 6, "a half dozen": 6,
}  # fmt: skip
VAGUE = {
    "a few": (2, 4), "few": (2, 4), "some": (2, 4), "several": (3, 5), "multiple": (3, 5), "many": (5, 6),
    "lots of": (5, 6), "a lot of": (5, 6), "a group of": (3, 5), "a handful of": (3, 5), "a bunch of": (3, 5),
    "plenty of": (5, 6), "various": (3, 5), "a number of": (3, 5),
}  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "last": -1, "leftmost": 1, "rightmost": -1, "final": -1, "middle one": 0,
}  # fmt: skip

RELATION_WORDS = _table("""
left_of: left of, left to
right_of: right of, right to
above: above, over, on top of, atop, higher than
below: below, under, beneath, underneath, lower than, at the foot of
between: between, in between, in the middle between
inside: inside, inside of, within, enclosed by, surrounded by, enclosed in, contained in
contains: containing, contains, surrounding, surrounds, around, enclosing, encloses
next_to: next to, beside, besides, near, close to, adjacent to, alongside, at the side of
""")
RELATION_TO_IT = _table("""
left_of: to its left, on its left
right_of: to its right, on its right
next_to: at its side, by its side, next to it
above: on top
""")
IMAGE_WORDS = (
    "picture", "image", "canvas", "page", "frame", "drawing", "screen", "painting", "illustration", "scene",
)  # fmt: skip
PRONOUNS = _table("""
it: it
they: they, them, these, those
both: both, both of them, both of which, both the
all: all, all of them, all of these, each, each of them, every, each one, every one, all of which, all the
everything: everything, all things, all objects, all shapes, all the objects, all the shapes, all the things
""")
MEANINGS = {
    "sky": SKY, "color": COLORS, "size": SIZES, "scenic": LANDSCAPES, "time": TIMES, "style": STYLES,
    "rel": RELATION_WORDS, "rel_it": RELATION_TO_IT, "pron": PRONOUNS,
}  # fmt: skip
"""Tables of meanings by the kind of lexeme."""

PHRASES = _table("""
row: in a row, in a line, in line, in one row, in one line, in a horizontal row, in a horizontal line, lined up, side by
  side, next to each other, next to one another, from left to right, left to right, forming a row, arranged in a row,
  arranged in a line
column: in a column, in a vertical line, in a vertical row, stacked, on top of each other, above each other, one above
  the other, on top of one another, from top to bottom, top to bottom
nothing_else: nothing else, no other objects, no other object, no other things, no other thing, no other shapes, no
  other shape, no more objects, no more shapes, no more things, not anything else, nothing more
only: nothing but, nothing except, nothing other than, nothing apart from, nothing besides, only, no shapes except, no
  objects except, no things except, no shapes but, no objects but, no things but
neg: no, without, without any, refrain from, refrain from using, not, not any, free of, free from, do not draw, do not
  use, do not include, do not add, do not show, do not want, do not have, do not put, do not paint, never, avoid,
  avoiding, exclude, excluding, omit, omitting, leave out, leaving out, lacking, minus, sans, instead of, absent, does
  not have, does not contain, must not contain, must not have, should not contain, should not have, must not show, there
  is no, there are no, nor, neither, none, devoid of, i do not want, must not be, should not be, no trace of, rather
  than, any color but, any colour but, any color except, any colour except, any color other than, any colour other than,
  there must be no, there should be no, there must not be, there should not be, and not, but not, but no, and no,
  zero
remove: remove, delete, erase, take away, drop, forget, scratch, get rid of, take out, hide
correct: no wait, i mean, i meant, or rather, rather, make that, sorry, actually, wait, wait no, correction, no sorry,
  or better, no i mean, no actually, no rather, no make that, oops, actually no, sorry no, oh no, better
restart: scratch that, forget that, strike that, never mind, cancel that, ignore that, no scratch that
if: if, when, in case, provided that, as long as
unless: unless, except if, except when
else: otherwise, else, or else, if not, in which case
except: except, except for, apart from, other than, aside from, but for, save for
make: make, paint, turn, recolor, recolour, colour in, color in, let, repaint, change
replace: replace, swap, substitute, exchange
same: the same scene, the same picture, the same image, the same thing, the same drawing, the same again, the same, same
  scene, same picture, same image, same again, same, this scene, this picture, this image, the previous scene, the
  previous picture, the same one
operator: than, fewer, less, more, most, least, half, twice, thrice, double, triple, times, as many, as much, same
  number, the same number, equal number, equal numbers, percent, majority, every other, every second, every third,
  alternating, alternately, all but, everything but, anything but, hardly, barely, scarcely, hardly any, nearly, almost,
  nothing, nowhere, non, lack, lacks, missing, forbidden, prohibited, banned, excluded, avoided, omitted, unwanted,
  allowed, permitted, hate, hates, dislike, dislikes, whenever, until, whether, assuming, suppose, supposing, even if,
  only if, only when, as if, depending, if possible, preferably, ideally, maybe, perhaps, possibly, optionally, almost
  all, not both, respectively, vice versa, in turn, may or may not, opposite of, prefer, might, may not, need not, no
  longer, everything else, how many, how much, what color, what colour, what shape, what size, which color,
  which colour, not yet, some of, neither of, either of
like: forming, arranged as, arranged in, arranged into, like, similar to, resembling, resembles, unlike, because,
  although, though, even though, since, so that, such that, as though, before, after, made of, made from, made out of,
  made up of, reminiscent of, in place of, compared to, opposed to, as opposed to, in the shape of, in the form of, in
  the shape, whose, used to, used to be, word, called, named, titled, labeled, labelled, says, saying, reads, reading
det: a, an, another, one more, the
and: and, plus, as well as, along with, together with, but also
or: or
but: but, yet
then: then
be: is, are, be, was, were, being, becomes
fill: has, exactly, any, do, either, would like, to the, there is, there are, not only, not just, not merely, color of,
  colour of, size of, the color of, the colour of
with: with, having
in: in
on: on, upon, against
by: by
to: to, into, through
one: ones
ground: background, backdrop, backgrounds
plain: plain, blank, solid, uniform, empty
group: group, groups
object: thing, things, object, objects, shapes
attribute: color, colour, colors, colours, size
which: which, that, who
other: other, others, rest
of_them: of them, of these, of those, of which
of_the: of the
style_noun: style
sky_noun: sky, skies
up_to: up to, at most, no more than, not more than
at_least: at least
style_of: in the style of, in style of
same_color: of the same color, of the same colour, in the same color, in the same colour, the same color, the same
  colour
same_size: of the same size, the same size
empty_sky: empty sky, bare sky, blank sky, nothing in the sky
starry: starry sky, starry night, starry, starry night sky, stars in the night sky, starlit
in_sky: in the sky, in the air
add: add
no_ground: no background, without background, without a background, no scenery, no landscape
unknown: on each side of, on both sides of, on either side of, sun shaped, moon shaped, depth of field,
  field of view
starless: starless, no stars in the sky
moonless: moonless
""")
"""Phrases of each kind of lexeme. ``operator``: a comparison, quantity, exception, negation or condition that no rule
reads; its clause is unknown. ``like``: what follows in the clause is unknown."""

_OTHER_STYLES = """
photo, photos, photograph, photography, photorealistic, photo realistic, photorealism, realistic, realism,
hyperrealistic, painting, paintings, oil painting, oil, oils, watercolor, watercolour, watercolors, acrylic, gouache,
fresco, mosaic, crayon, chalk, pencil, sketch, sketched, charcoal drawing, pencil drawing, pencil sketch, 3 d, 3 d
render, 3 d rendering, render, pixel art, pixelated, anime, manga, cubist, cubism, impressionist, impressionism,
surreal, surrealist, surrealism, abstract, digital art, digital painting, engraving, woodcut, collage, graffiti,
stained glass, origami, low poly, sepia, monochrome, grayscale, cinematic, isometric, black and white, black and white
photo, steampunk, cyberpunk, art deco, art nouveau, baroque, pop art, ukiyo e, hdr, 4 k, 8 k
"""
OTHER_STYLES = _OTHER_STYLES.replace("\n", " ").strip().split(", ")
"""Styles that cannot be generated."""

_FILLERS = """
also am are as at be been being can canvas color colored colors colour coloured colours composed consisting consists
containing contains could create d depict depicted depicting do does done draw drawing drawn exactly feature features
featuring for frame from generate get gets give had has have having here i illustration image include includes including
into is its just let lies ll located lying made may me must my need of page picture piece placed please positioned put
really render rendered scene screen set shall shape shaped should show showing shown sits sitting size sized so some
stand standing stands style such their there this together too us use used using very want was we were will
with would you your
"""
FILLERS = frozenset(_FILLERS.split())
"""Words that say nothing of an image by themselves (articles, requests, auxiliaries); passed over unlisted."""
OF_ATTRIBUTE = ("color of", "colour of", "size of", "the color of", "the colour of")
AUXILIARIES = frozenset(
    ("should", "does", "do", "must", "will", "can", "would", "could", "did", "shall", "is", "are", "has", "have")
)

EMOJI = {
    "🔴": "red circle", "🟠": "orange circle", "🟡": "yellow circle", "🟢": "green circle", "🔵": "blue circle",
    "🟣": "purple circle", "🟤": "brown circle", "⚫": "black circle", "⚪": "white circle", "🟥": "red square",
    "🟧": "orange square", "🟨": "yellow square", "🟩": "green square", "🟦": "blue square", "🟪": "purple square",
    "🟫": "brown square", "⬛": "black square", "⬜": "white square", "❤": "red heart", "♥": "red heart",
    "💙": "blue heart", "💚": "green heart", "💛": "yellow heart", "🧡": "orange heart", "💜": "purple heart",
    "🖤": "black heart", "🤍": "white heart", "🤎": "brown heart", "⭐": "star", "★": "star", "🌟": "star",
    "🏠": "house", "🏡": "house", "🌲": "tree", "🌳": "tree", "🌞": "sun", "☀": "sun", "🌙": "moon", "🌕": "moon",
    "🔺": "red triangle", "🔶": "orange diamond", "🔷": "blue diamond", "✚": "cross", "➕": "cross", "🌊": "sea",
}  # fmt: skip


def plural_of(words: str) -> str:
    """Return the plural of a thing's name, such as ``red crosses`` or ``stars``."""
    head, _, noun = words.rpartition(" ")
    return f"{head} {_PLURALS.get(noun, noun + 's')}".strip()
