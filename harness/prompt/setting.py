"""What is around the things: style, time, landscape, plain background, sky."""

from dataclasses import replace

from harness.prompt import vocabulary as v
from harness.prompt.lexer import Lex
from harness.prompt.phrases import Phrase, read_phrase
from harness.prompt.reader_state import State
from harness.prompt.scene import PLAIN, SKY, Absence
from harness.prompt.text import Words, places_of
from harness.prompt.things import give, make, note


def read_nothing_sky(s: State, lexeme: Lex) -> None:
    """Read "empty sky", "starless", "moonless"."""
    if lexeme.kind == "empty_sky":
        s.draft.empty_sky = True
        s.draft.step(lexeme.words, "nothing in the sky")
        return
    shape = "stars" if lexeme.kind == "starless" else "moon"
    s.draft.forbid(Absence(shape))
    s.draft.step(lexeme.words, f"absent += {shape}")


def read_starry(s: State, lexeme: Lex) -> None:
    """Read "a starry night"."""
    read_time(s, replace(lexeme, value="night"))
    if not any(g.shape == "stars" for g in s.draft.groups):
        make(s, Phrase(s.i - 1, s.i, noun=replace(lexeme, kind="sky", plural=True)), "stars", lexeme.words)


def read_in_sky(s: State, lexeme: Lex) -> None:
    """Read "a heart in the sky": at the top."""
    refs = [ref for ref in s.referents() if ref[0].shape not in SKY and ref[0].get("place", ref[1]) is None]
    if refs:
        give(s, refs, "place", "top", lexeme.words)


def read_no_ground(s: State, lexeme: Lex) -> None:
    """Read "no background"."""
    s.draft.on_plain()
    s.draft.step(lexeme.words, "plain background")


def read_style_of(s: State, _lexeme: Lex) -> None:
    """ "In the style of …": a drawable style, or listed as unknown."""
    start = s.i
    s.skip("unknown", "fill", "det", "style", "style_noun")
    for lexeme in s.lexemes[start : s.i]:
        if lexeme.kind == "style":
            read_style(s, lexeme)
    if any(lexeme.kind == "unknown" for lexeme in s.lexemes[start : s.i]):
        s.draft.unknown.append(s.words(start - 1))


def read_style(s: State, lexeme: Lex) -> None:
    """Read the style."""
    note(s, lexeme)
    if s.draft.style and s.draft.style != lexeme.value and not s.draft.based:
        s.draft.step(lexeme.words, f"one style is generated: {lexeme.value} instead of {s.draft.style}", "adjust")
    s.draft.style = str(lexeme.value)
    s.draft.step(lexeme.words, f"style = {lexeme.value}")


def read_time(s: State, lexeme: Lex) -> None:
    """Read the time of day."""
    note(s, lexeme)
    s.draft.time = str(lexeme.value)
    s.draft.step(lexeme.words, f"time = {lexeme.value}")


def read_scenic(s: State, p: Phrase) -> None:
    """Read the landscape."""
    note(s, p.noun)
    s.draft.unknown += [x.words for x in p.unknown]
    if s.draft.scenic and s.draft.scenic != p.noun.value:
        s.draft.step(p.noun.words, f"one landscape is generated: {p.noun.value} instead of {s.draft.scenic}", "adjust")
    s.draft.scenic, s.draft.plain = str(p.noun.value), False
    s.draft.ground = None
    s.draft.step(p.noun.words, f"background = {p.noun.value}")
    for lexeme in p.colors:
        s.draft.step(lexeme.words, f"{p.noun.value} keep their own colors", "adjust")
    s.place = None


def read_ground(s: State, p: Phrase, words: str) -> None:
    """Read a plain background and its color."""
    s.draft.unknown += [x.words for x in p.unknown]
    if p.colors:
        if s.ground is not None:
            words = Words(f"{s.ground} {words}", places_of([s.ground, words]))
        color = str(p.colors[-1].value)
        note(s, p.colors[-1])
        if color not in PLAIN:
            s.draft.step(
                words, f"generated on {v.NO_SUCH_GROUND[color]}: backgrounds are not generated in {color}", "adjust"
            )
            color = v.NO_SUCH_GROUND[color]
        s.draft.on_plain(color)
        s.draft.step(words, f"background = plain {color}")
        s.ground = None
        return
    if p.plain:
        s.draft.on_plain()
        s.draft.step(words, "plain background")
    s.ground = s.words(p.start)
    s.run_open = False


def read_sky(s: State, p: Phrase) -> None:
    """Read "a blue sky", "under a red sky" as the time of day."""
    times = {"blue": "day", "orange": "sunset", "red": "sunset", "pink": "sunset", "purple": "sunset", "black": "night"}
    s.draft.unknown += [x.words for x in p.unknown]
    said = read_phrase(s.lexemes, s.i + 1)
    if s.kind == "be" and said.colors and not said.noun.kind:
        p.colors, s.i = said.colors, said.end
    for lexeme in p.colors:
        time = times.get(str(lexeme.value))
        if time:
            s.draft.time = time
            s.draft.step(s.words(p.start), f"time = {time}")
        else:
            s.draft.unknown.append(s.words(p.start))
