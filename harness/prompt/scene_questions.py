"""The questions that an image of a prompt must answer, as a tree: a thing must be there before its color, its number
and its relations are asked about (after Davidsonian Scene Graphs, Cho et al. 2023).

They ask what the words say, never what an interpreter assumed: a house of no stated color has no question about its
color.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from harness.prompt.completion import settle
from harness.prompt.errors import EmptyPromptError, NothingToGenerateError
from harness.prompt.interpreter import GrammarInterpreter
from harness.prompt.question_tree import Questions, Said, SceneQuestion, lexemes
from harness.prompt.seeded_choices import settle_amounts
from harness.prompt.text import QUOTED, normalize

_CHOICES = 32
"""Seeds whose scenes are compared where a prompt leaves a choice: of three values each is chosen with p > .99999."""
_TEXT = re.compile(
    rf"(?:\b(?:the\s+)?(?:words?|text|letters|lettering|caption|inscription)\s*:?\s*)?({QUOTED})", re.IGNORECASE
)


def questions_of(prompt: str, negative_prompt: str = "") -> Questions:
    """Return the questions of a prompt by the ``grammar`` interpreter.

    What stands in quotes is a text that the image must show. Where the words leave a choice ("three or four"), every
    choice is right. Raises PromptError for a prompt that is too long, contradicts itself or names too many things;
    words that are not understood are ``unread``.
    """
    texts, rest = _texts(prompt)
    scenes = list(_read(rest, negative_prompt))
    first = scenes[0]
    asked = [question for question in first.asked if all(_agrees(question, one) for one in scenes)]
    lost = [one.name for one in first.asked if one not in asked and one.kind != "count"]
    spans = [_span(question, scenes) for question in asked]
    kept = {one.name for one in spans}
    whole = tuple(one for one in spans if set(one.needs) <= kept)
    return Questions((*whole, *texts), tuple(dict.fromkeys((*first.unread, *lost))))


def _texts(prompt: str) -> tuple[list[SceneQuestion], str]:
    """Return a question for each quoted text, and the prompt without them."""
    text = normalize(prompt)
    found = dict.fromkeys(match[1][1:-1].strip() for match in _TEXT.finditer(text))
    questions = [
        SceneQuestion(f"text {one}", "text", f'Does the image show the text "{one}"?', "yes", targets=(one,))
        for one in found
        if one
    ]
    return questions, _TEXT.sub(" ", text)


def _read(prompt: str, negative_prompt: str) -> Iterator[Questions]:
    """Yield the questions of the scene that each seed chooses; one where nothing is left open."""
    seeds = _CHOICES if settle_amounts(lexemes(prompt), 0)[1] else 1
    for seed in range(seeds):
        try:
            draft = GrammarInterpreter()._draft(prompt, negative_prompt, seed)
            said = Said.of(draft)
            yield said.questions(settle(draft))
        except EmptyPromptError:
            yield Questions()
        except NothingToGenerateError as fault:
            yield Questions(tuple(said.absences()), fault.unknown)


def _agrees(question: SceneQuestion, scene: Questions) -> bool:
    """Return whether the scene of another choice has the question too, whatever the number."""
    same = (question.name, question.kind, question.needs, question.targets)
    return any((one.name, one.kind, one.needs, one.targets) == same for one in scene.asked)


def _span(question: SceneQuestion, scenes: list[Questions]) -> SceneQuestion:
    """Return a question with the range of numbers that the choices leave."""
    if question.kind not in ("count", "others"):
        return question
    same = [one for scene in scenes for one in scene.asked if one.name == question.name]
    most = [one.most for one in same]
    highest = None if None in most else max(one for one in most if one is not None)
    return replace(question, least=min(one.least for one in same), most=highest)
