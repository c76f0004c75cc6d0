"""Images kept between runs, by recipe. A hit costs nothing, and proves nothing about the provider.

The key is the recipe's digest, the version of this package and what the adapter knows about itself without generating
(the digest of a program or of a weights file). It cannot know what a service serves behind an unchanged name, nor what
a function imports: a hit says ``source: cache``, earns no determinism verdict, and ``--require-generated`` refuses it.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness import __version__
from harness.errors import HarnessError
from harness.generation.exchange import Exchange
from harness.generation.shared_folder import EntryCorruptError, SharedFolder
from harness.generation.task import Generated
from harness.image import ImageError
from harness.provider import Output
from harness.records import Recipe, Trial, canonical_json, digest_of, from_json
from harness.vocabulary import Source

Identity = Callable[[Recipe], Mapping[str, Any] | None]
"""From a recipe to what decides its image beside it, reported once for each subject; None: it is not kept."""


class Cache:
    """Images by recipe in a folder; several threads and processes may use it at once.

    ``hits`` and ``stored`` are counted, ``corrupt`` entries were taken out and generated again, ``problem`` says why
    keeping failed (the images themselves are in the run all the same).
    """

    def __init__(self, folder: Path, identity: Identity) -> None:
        self.shelf = SharedFolder(folder)
        self.hits = self.stored = self.corrupt = 0
        self.problem = ""
        self._identity = identity
        self._identities: dict[str, Mapping[str, Any] | None] = {}
        self._lock = threading.Lock()

    def find(self, trial: Trial) -> Output | None:
        """Return the kept image of a trial's recipe; one that was altered on the disk is taken out."""
        name = self._name(trial.recipe)
        if name is None:
            return None
        try:
            found = self.shelf.get(name)
            if found is None:
                return None
            generated = from_json(Exchange, found[0]).output(found[1], Source.CACHE)
        except (EntryCorruptError, ValueError):
            self.corrupt += 1
            self.shelf.remove(name)
            return None
        self.hits += 1
        return generated

    def keep(self, result: Generated) -> None:
        """Keep what was generated, if it was generated just now and is an image (or an answer)."""
        recipe, generated = result.trial.recipe, result.generated
        name = self._name(recipe)
        if name is None or generated.source != Source.GENERATED or not _worth(result):
            return
        entry = Exchange.of(recipe, generated)
        try:
            self.shelf.put(name, entry, None if generated.answer is not None else result.image)
        except (HarnessError, ValueError) as fault:
            self.problem = f"the cache keeps nothing: {fault}"
            return
        with self._lock:
            if self.stored == 0:
                self._keep_out_of_git()
            self.stored += 1

    def _keep_out_of_git(self) -> None:
        with suppress(OSError), (self.shelf.folder / ".gitignore").open("x", encoding="utf-8") as file:
            file.write("*\n")

    def _name(self, recipe: Recipe) -> str | None:
        subject = canonical_json(recipe.subject)
        with self._lock:
            if subject not in self._identities:
                self._identities[subject] = self._identity(recipe)
            known = self._identities[subject]
        if known is None:
            return None
        return digest_of({"recipe": recipe.digest, "version": __version__, "identity": dict(known)})


def _worth(result: Generated) -> bool:
    """Return whether it is an answer or a whole image: an error page that came as an image must not stay."""
    if result.generated.answer is not None:
        return True
    try:
        _ = result.image.image
    except ImageError:
        return False
    return True
