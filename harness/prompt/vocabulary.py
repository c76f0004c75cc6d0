"""The words that are understood: plain tables from words to meanings.

Each entry maps words to a value of the vocabulary of scenes. ``NEAR`` tables hold words whose meaning cannot be
generated exactly: using one is recorded as an ``adjust`` step.
"""

SHAPE_WORDS: dict[str, tuple[str, ...]] = {
    "circle": ("circle", "disc", "disk", "round shape"),
    "square": ("square",),
    "triangle": ("triangle",),
    "star": ("star", "five pointed star"),
    "heart": ("heart",),
    "diamond": ("diamond", "rhombus", "lozenge"),
    "ring": ("ring", "hoop", "annulus"),
    "cross": ("cross", "plus sign"),
    "house": ("house", "home", "cottage"),
    "tree": ("tree", "deciduous tree"),
}
SHAPE_NEAR: dict[str, tuple[str, ...]] = {
    "circle": ("ball", "dot", "sphere", "balloon", "oval", "ellipse", "spot", "bubble"),
    "square": ("box", "cube", "block", "rectangle", "tile"),
    "triangle": ("pyramid", "cone"),
    "diamond": ("gem", "kite"),
    "ring": ("donut", "doughnut", "wreath", "torus"),
    "cross": ("crucifix",),
    "house": ("hut", "cabin", "building", "barn", "shed", "bungalow"),
    "tree": ("pine", "fir", "oak", "pine tree", "fir tree", "oak tree", "christmas tree", "spruce", "birch"),
}
_PLURALS = {
    "cross": "crosses", "stars": "stars", "rhombus": "rhombuses", "box": "boxes",
    "crucifix": "crucifixes", "torus": "tori", "annulus": "annuli", "birch": "birches",
}  # fmt: skip

COLOR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red", "crimson", "scarlet", "reddish"),
    "orange": ("orange",),
    "yellow": ("yellow", "yellowish"),
    "green": ("green", "emerald", "greenish"),
    "blue": ("blue", "navy", "azure", "navy blue", "sky blue", "royal blue", "bluish", "cobalt", "sapphire"),
    "purple": ("purple", "violet"),
    "pink": ("pink", "pinkish"),
    "brown": ("brown", "brownish", "chocolate"),
    "black": ("black", "jet black", "ebony"),
    "white": ("white", "snow white"),
    "gray": ("gray", "grey"),
}
COLOR_NEAR: dict[str, tuple[str, ...]] = {
    "red": ("maroon", "burgundy", "ruby", "vermilion", "cherry red"),
    "orange": ("amber", "peach", "coral", "tangerine"),
    "yellow": ("gold", "golden", "lemon", "mustard"),
    "green": ("lime", "olive", "mint", "lime green", "forest green"),
    "blue": ("cyan", "turquoise", "teal", "aqua", "aquamarine"),
    "purple": ("indigo", "lilac", "lavender", "mauve", "plum"),
    "pink": ("magenta", "fuchsia", "salmon", "rose colored", "hot pink"),
    "brown": ("tan", "beige", "khaki", "bronze", "ochre"),
    "black": ("charcoal",),
    "white": ("cream", "ivory", "silver"),
}
SHADES = ("light", "dark", "bright", "pale", "deep", "vivid", "neon")
"""Words before a color that cannot be generated."""

NO_SUCH_THING_COLOR = {"gray": "black"}
"""Colors that only backgrounds have, and what a thing gets instead."""

NO_SUCH_GROUND = {"red": "pink", "orange": "yellow", "brown": "yellow"}
"""Colors that plain backgrounds do not have, and what they get instead."""

SIZE_WORDS = {
    "small": ("small", "little", "smaller", "small sized"),
    "medium": ("medium", "medium sized", "mid sized", "middle sized", "normal sized"),
    "large": ("large", "big", "larger", "bigger", "large sized"),
}
SIZE_NEAR = {
    "small": ("tiny", "miniature", "minute", "smallest", "teeny"),
    "large": ("huge", "giant", "enormous", "gigantic", "massive", "biggest", "largest", "great"),
}

SCENIC_WORDS = {
    "hills": ("hills", "hill", "hillside", "hilly landscape", "landscape", "green hills", "rolling hills"),
    "sea": ("sea", "ocean", "seaside"),
}
SCENIC_NEAR = {
    "hills": (
        "meadow", "meadows", "field", "fields", "mountains", "mountain", "valley", "grass", "countryside", "park",
        "garden", "lawn", "scenery", "outdoors",
    ),
    "sea": ("beach", "coast", "shore", "lake", "water", "waves"),
}  # fmt: skip
TIME_WORDS = {
    "day": ("day", "daytime", "daylight", "sunny day"),
    "sunset": ("sunset", "sundown"),
    "night": ("night", "nighttime", "moonlit", "moonlit night", "midnight", "nocturnal", "night time"),
}
TIME_NEAR = {
    "day": ("morning", "noon", "afternoon", "midday", "sunny"),
    "sunset": ("dusk", "dawn", "sunrise", "evening", "twilight"),
    "night": ("darkness", "dark"),
}
STYLE_WORDS = {
    "flat": ("flat",),
    "outline": ("outline", "outlined", "outlines", "with outlines", "black outlines", "with black outlines"),
    "pastel": ("pastel", "pastels", "pastel colors", "pastel colours"),
}
STYLE_NEAR = {
    "flat": ("minimalist", "vector", "flat design"),
    "outline": ("comic", "comics", "cartoon", "ink", "line art", "cartoonish", "comic book", "coloring book", "pen"),
    "pastel": ("soft", "softly colored", "soft colors"),
}

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
    "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "6th": 6, "last": -1, "leftmost": 1, "rightmost": -1,
    "final": -1, "middle one": 0,
}  # fmt: skip

RELATION_WORDS: dict[str, tuple[str, ...]] = {
    "left_of": ("left of", "left to"),
    "right_of": ("right of", "right to"),
    "above": ("above", "over", "on top of", "atop", "higher than"),
    "below": ("below", "under", "beneath", "underneath", "lower than", "at the foot of"),
    "between": ("between", "in between", "in the middle between"),
    "inside": ("inside", "inside of", "within", "enclosed by", "surrounded by", "enclosed in", "contained in"),
    "contains": ("containing", "contains", "surrounding", "surrounds", "around", "enclosing", "encloses"),
    "next_to": ("next to", "beside", "besides", "near", "close to", "adjacent to", "alongside", "at the side of"),
}
RELATION_TO_IT = {
    "left_of": ("to its left", "on its left"),
    "right_of": ("to its right", "on its right"),
    "next_to": ("at its side", "by its side", "next to it"),
    "above": ("on top",),
}
ROW_WORDS = (
    "in a row", "in a line", "in line", "in one row", "in one line", "in a horizontal row", "in a horizontal line",
    "lined up", "side by side", "next to each other", "side by side", "next to one another", "from left to right",
    "left to right", "forming a row", "arranged in a row",
)  # fmt: skip
COLUMN_WORDS = (
    "in a column", "in a vertical line", "in a vertical row", "stacked", "on top of each other", "above each other",
    "one above the other", "on top of one another", "from top to bottom", "top to bottom",
)  # fmt: skip

NOTHING_ELSE = (
    "nothing else", "no other objects", "no other object", "no other things", "no other thing", "no other shapes",
    "no other shape", "no more objects", "no more shapes", "no more things", "not anything else", "nothing more",
)  # fmt: skip
ONLY = (
    "nothing but", "nothing except", "nothing other than", "nothing apart from", "nothing besides", "only",
    "no shapes except", "no objects except", "no things except", "no shapes but", "no objects but", "no things but",
)  # fmt: skip
NEGATIONS = (
    "no", "without", "without any", "not", "not any", "free of", "free from", "do not draw", "do not use",
    "do not include", "do not add", "do not show", "do not want", "do not have", "do not put", "do not paint", "never",
    "avoid", "avoiding", "exclude", "excluding", "omit", "omitting", "leave out", "leaving out", "lacking", "minus",
    "sans", "instead of", "absent", "does not have", "does not contain", "must not contain", "must not have",
    "should not contain", "should not have", "must not show", "there is no", "there are no", "nor", "neither", "none",
    "devoid of", "i do not want", "must not be", "should not be", "no trace of", "rather than", "there must be no",
    "there should be no", "there must not be", "there should not be", "and not", "but not", "but no", "and no", "zero",
)  # fmt: skip
REMOVALS = ("remove", "delete", "erase", "take away", "drop", "forget", "scratch", "get rid of", "take out")
CORRECTIONS = (
    "no wait", "i mean", "i meant", "or rather", "rather", "make that", "sorry", "actually", "wait", "wait no",
    "correction", "no sorry", "or better", "no i mean", "no actually", "no rather", "no make that", "oops",
    "actually no", "sorry no", "oh no", "better",
)  # fmt: skip
RESTARTS = ("scratch that", "forget that", "strike that", "never mind", "cancel that", "ignore that", "no scratch that")
IF_WORDS = ("if", "when", "in case", "provided that", "as long as")
UNLESS_WORDS = ("unless", "except if", "except when")
ELSE_WORDS = ("otherwise", "else", "or else", "if not", "in which case")
EXCEPT_WORDS = ("except", "except for", "apart from", "other than", "aside from", "but for", "save for")
MAKE_WORDS = ("make", "paint", "turn", "recolor", "recolour", "colour in", "color in", "let", "repaint", "change")
REPLACE_WORDS = ("replace", "swap", "substitute", "exchange")
SAME_WORDS = (
    "the same scene", "the same picture", "the same image", "the same thing", "the same drawing", "the same again",
    "the same", "same scene", "same picture", "same image", "same again", "same", "this scene", "this picture",
    "this image", "the previous scene", "the previous picture", "the same one",
)  # fmt: skip
IMAGE_WORDS = (
    "picture", "image", "canvas", "page", "frame", "drawing", "screen", "painting", "illustration", "scene",
)  # fmt: skip

PRONOUNS = {
    "it": "it", "they": "they", "them": "they", "these": "they", "those": "they", "both": "both",
    "both of them": "both",
    "all": "all", "all of them": "all", "all of these": "all", "each": "all", "each of them": "all", "every": "all", "each one": "all",
    "every one": "all",
    "all of which": "all", "both of which": "both", "all the": "all", "both the": "both",
    "everything": "everything", "all things": "everything", "all objects": "everything", "all shapes": "everything",
    "all the objects": "everything", "all the shapes": "everything", "all the things": "everything",
}  # fmt: skip

OPERATORS = (
    "than", "fewer", "less", "more", "most", "least", "half", "twice", "thrice", "double", "triple", "times", "as many",
    "as much", "same number", "the same number", "equal number", "equal numbers", "percent", "majority", "every other",
    "every second", "every third", "alternating", "alternately", "all but", "everything but", "anything but", "hardly",
    "barely", "scarcely", "hardly any", "nearly", "almost", "nothing", "nowhere", "non", "lack", "lacks",
    "missing", "forbidden", "prohibited", "banned", "excluded", "avoided", "omitted", "unwanted", "allowed",
    "permitted", "hate", "hates", "dislike", "dislikes", "whenever", "until", "whether", "assuming", "suppose",
    "supposing", "even if", "only if", "only when", "as if", "depending", "if possible", "preferably", "ideally",
    "maybe", "perhaps", "possibly", "optionally", "almost all", "not both", "respectively", "vice versa", "in turn",
    "may or may not", "opposite of", "prefer", "might", "may not", "need not", "no longer", "not yet", "some of", "neither of", "either of",
)  # fmt: skip
"""Words of a comparison, quantity, exception, negation or condition that no rule reads: their clause is unknown."""
TAIL_OPERATORS = (
    "forming", "arranged as", "arranged into",
    "like", "similar to", "resembling", "resembles", "unlike", "because", "although", "though", "even though", "since",
    "so that", "such that", "as though", "before", "after", "made of", "made from", "made out of", "made up of",
    "reminiscent of", "in place of", "compared to", "opposed to", "as opposed to", "in the shape of", "in the form of",
    "in the shape", "whose", "used to", "used to be", "word", "called", "named", "titled",
    "labeled", "labelled", "says", "saying", "reads", "reading",
)  # fmt: skip
"""Words that make unknown what follows them in their clause."""
OTHER_STYLES = (
    "photo", "photos", "photograph", "photography", "photorealistic", "photo realistic", "photorealism", "realistic",
    "realism", "hyperrealistic", "painting", "paintings", "oil painting", "oil", "oils", "watercolor", "watercolour",
    "watercolors", "acrylic", "gouache", "fresco", "mosaic", "crayon", "chalk", "pencil", "sketch", "sketched",
    "charcoal drawing", "pencil drawing", "pencil sketch", "3 d", "3 d render", "3 d rendering", "render", "pixel art",
    "pixelated", "anime", "manga", "cubist", "cubism", "impressionist", "impressionism", "surreal", "surrealist",
    "surrealism", "abstract", "digital art", "digital painting", "engraving", "woodcut", "collage", "graffiti",
    "stained glass", "origami", "low poly", "sepia", "monochrome", "grayscale", "cinematic", "isometric",
    "black and white", "black and white photo", "steampunk", "cyberpunk", "art deco", "art nouveau", "baroque",
    "pop art", "ukiyo e", "hdr", "4 k", "8 k",
)  # fmt: skip
"""Styles that cannot be generated."""

_FILLERS = """
also am are as at be been being can canvas color colored colors colour coloured colours composed consisting consists
containing contains could create d depict depicted depicting do does done draw drawing drawn exactly feature features
featuring for frame from generate get gets give had has have having here i illustration image include includes including
into is its just let lies ll located lying made may me must my need of page picture piece placed please positioned put
really render rendered scene screen set shall shape shaped should show showing shown sits sitting size sized so some
stand standing stands style such their there this together too us use used using very want was we were what who will
with would you your
"""
FILLERS = frozenset(_FILLERS.split())
"""Words that say nothing of an image by themselves (articles, requests, auxiliaries); passed over unlisted."""
AUXILIARIES = (
    "should",
    "does",
    "do",
    "must",
    "will",
    "can",
    "would",
    "could",
    "did",
    "shall",
    "is",
    "are",
    "has",
    "have",
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
