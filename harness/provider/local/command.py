"""``command``: any program that writes an image; started directly, never through a shell.

The program gets its arguments filled in and writes an image to ``{out}``, or to standard output when no argument
names ``{out}``; the answer to a question (``{ask}``) is its standard output. It ends with 0 for an image, REFUSED
when it refuses the content (its error output says why), and anything else for a failure.
"""

import os
import shutil
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema, field_validator

from harness.errors import (
    FieldError,
    GenerationCancelledError,
    GenerationError,
    GenerationRefusedError,
    GenerationTimeoutError,
    excerpt,
    shown,
)
from harness.image import DEFAULT_LIMITS
from harness.provider.adapter import Adapter
from harness.provider.errors import BadOptionError, OptionProblem
from harness.provider.local.base import Local
from harness.provider.local.identity import DIGEST_LIMIT, digest_of_file, file_identity
from harness.provider.local.process import THREAD_VARIABLES
from harness.provider.local.subprocesses import (
    Ended,
    ProcessCancelledError,
    ProcessTimeoutError,
    Programs,
    TooMuchOutputError,
)
from harness.provider.local.template import NoValueError, Template, parse_template, placeholders_of, texts
from harness.provider.local.workers_option import WorkersOption
from harness.provider.not_honored import omitted, with_omissions
from harness.provider.options import ProgramOptions, Promise, Text
from harness.provider.process_environment import PASSED, REPORTS, child_environment
from harness.provider.protocol import Capabilities, Job, Output, is_cancelled
from harness.records import PROCESS, Recipe
from harness.scratch import Scratch
from harness.vocabulary import SeedPromise

REFUSED = 77
"""Exit status of a program that refuses the content (``EX_NOPERM`` of sysexits)."""
NAMED = 3
"""Most files beside the image that notes name."""
EXAMPLE = 'such as argv: [generate, "--prompt={prompt}", "--seed={seed}", --out, "{out}"]'


def _argv(value: Any) -> list[Any]:
    if parse_template(value) is None:
        raise FieldError("`argv` is the program and its arguments, a list of texts", EXAMPLE)
    return list(value)


class CommandOptions(ProgramOptions, WorkersOption):
    """Options of a program."""

    notes = (
        f"Ends with 0 for an image, {REFUSED} when it refuses the content, anything else for a failure.",
        "Without {out} the image is read from standard output. No shell is used; a prompt that may begin with `-` "
        'is safest as "--prompt={prompt}".',
    )

    argv: Annotated[
        list[Any],
        PlainValidator(_argv),
        WithJsonSchema(
            {
                "type": "array",
                "minItems": 1,
                "items": {"type": ["string", "number", "array"], "items": {"type": ["string", "number"]}},
            }
        ),
    ] = Field(examples=['[generate, "--prompt={prompt}", "--seed={seed}", --out, "{out}"]'])
    """The program and its arguments, with {prompt} {negative_prompt} {seed} {width} {height} {input_image}
    {input_images} {mask} {strength} {model} {ask} {repeat} {out}, any setting by name, and {settings} (these two as
    JSON); a list inside the list is left out when one of its placeholders has no value."""
    env: list[Text] = Field(default_factory=list)
    """Names of environment variables that the program may see beside the usual ones."""
    suffix: Text | None = None
    """Ending of the file {out}; without it the format that is asked, else .png."""
    promise: Promise | None = None
    """What its seed promises: none, best-effort, exact-per-environment or exact; without it best-effort where argv has
    {seed}, else none."""

    @field_validator("suffix")
    @classmethod
    def _ending(cls, suffix: str) -> str:
        if not suffix.startswith(".") or not suffix[1:].isalnum():
            raise FieldError(f"`suffix` is an ending such as .png, not {shown(suffix)}")
        return suffix

    @cached_property
    def template(self) -> Template:
        """The arguments as they are filled in."""
        template = parse_template(self.argv)
        assert template is not None, "checked when the options were read"
        return template

    @property
    def capabilities(self) -> Capabilities:
        names = self.template.names
        by_ending = {"format"} if self.suffix is None and "out" in names else set()
        promise = self.promise or (SeedPromise.BEST_EFFORT if "seed" in names else SeedPromise.NONE)
        reports = frozenset({"program", "program_digest", *REPORTS})
        honors = self.template.honors | by_ending
        return Capabilities(promise, honors, self.price, self.concurrency, isolated=True, reports=reports)

    def identity_of(self, recipe: Recipe, root: Path) -> Mapping[str, Any]:  # noqa: ARG002 - the same for every recipe
        """Digests of the program and of every file that its arguments name."""
        found: dict[str, str] = {}
        for index, text in enumerate(texts(self.template.parts)):
            path = root / text
            if index == 0 and not path.is_file():
                path = Path(shutil.which(text) or text)
            if path.is_file():
                found[text] = file_identity(path)
        return {"files": found}


class Command(Local[CommandOptions]):
    """A program as a provider. It runs in ``root``; a relative program with a ``/`` starts there."""

    kind = "command"

    def __init__(self, name: str, options: CommandOptions, root: Path) -> None:
        super().__init__(name, options, root)
        first = str(options.template.parts[0])
        inside = str((root / first).absolute()) if os.sep in first or "/" in first else shutil.which(first)
        if inside is None or not Path(inside).is_file():
            problem = OptionProblem(f"there is no program {first}", "give its path, or install it", ("argv",))
            raise BadOptionError(name, problem)
        self._program = inside
        self._programs = Programs()
        self._held: Mapping[str, str] = {}
        self._one_path: Path | None = None
        self._guard = threading.Lock()
        self._taken: set[int] = set()

    @contextmanager
    def isolated(
        self, *, threads: int | None = None, environment: Mapping[str, str] | None = None
    ) -> Iterator["Command"]:
        """Yield the same with this many arithmetic threads and these further variables. Each program is a fresh process
        anyway; here it also writes to the same path each time, where one runs at a time."""
        held = Command(self.name, self.options, self.root)
        number = {} if threads is None else dict.fromkeys(THREAD_VARIABLES, str(threads))
        held._held = number | dict(environment or {})
        with Scratch() as held._one_path:
            try:
                yield held
            finally:
                held.close()

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        """Yield an empty folder for one call."""
        if self._one_path is None:
            with Scratch() as scratch:
                yield scratch
            return
        with self._guard:
            number = next(one for one in count() if one not in self._taken)
            self._taken.add(number)
        folder = self._one_path / str(number)
        try:
            folder.mkdir()
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            with self._guard:
                self._taken.discard(number)

    def generate(self, job: Job) -> Output:
        """Run the program once. Raises GenerationError, GenerationRefusedError, GenerationTimeoutError or
        GenerationCancelledError."""
        if is_cancelled([job]):
            raise GenerationCancelledError(self.name)
        with self._scratch() as scratch:
            out = scratch / f"out{_ending(self.options, job)}"
            arguments = self._arguments(job, out)
            asked = job.recipe.request.ask is not None
            if asked and "ask" not in self.options.template.names:
                raise GenerationError(
                    self.name, "`argv` has no {ask}: the program gets no question", "name another provider"
                )
            to_file = "out" in self.options.template.names and not asked
            begun = time.perf_counter()
            ended = self._run(job, arguments, scratch / "stdout" if to_file else out, scratch)
            seconds = time.perf_counter() - begun
            data = self._received(ended, out, from_output=not to_file)
            beside = sorted({file.name for file in scratch.iterdir()} - {out.name, "stdout", "stderr"})
        left_out = omitted(job.recipe, self.capabilities.honors, self.options.own)
        environment = with_omissions({**self._environment, PROCESS: child_environment(self._variables())}, left_out)
        notes = [f"the program also wrote {excerpt(name, 80)!r}, which is not read" for name in beside[:NAMED]]
        notes += [f"{len(beside) - NAMED} more files of the program are not read"] * (len(beside) > NAMED)
        notes += [f"env: {name} is not set" for name in self.options.env if name not in os.environ]
        if asked:
            answer = data.decode("utf-8", "replace").strip()
            return Output(b"", environment, seconds, self.options.price, answer=answer, notes=tuple(notes))
        return Output(data, environment, seconds, self.options.price, notes=tuple(notes))

    def close(self) -> None:
        """End what is still running."""
        self._programs.close()

    def _arguments(self, job: Job, out: Path) -> list[str]:
        settings = {key: value for key, value in job.recipe.subject.settings.items() if key not in self.options.own}
        try:
            filled = self.options.template.fill(placeholders_of(job, str(out), settings))
        except NoValueError as missing:
            name = missing.name
            hint = f"give it in the suite, or put its argument into a list of its own: [--{name}, '{{{name}}}']"
            raise GenerationError(self.name, f"{{{name}}} has no value", hint) from None
        if any("\0" in argument for argument in filled):
            raise GenerationError(
                self.name, "an argument of a program cannot hold a NUL character", "take it out of the prompt"
            )
        return [self._program, *filled[1:]]

    def _run(self, job: Job, arguments: list[str], output: Path, scratch: Path) -> Ended:
        try:
            return self._programs.run(
                arguments,
                folder=self.root,
                environment=self._variables(),
                output=output,
                scratch=scratch,
                timeout=job.timeout,
                most=DEFAULT_LIMITS.bytes,
                cancellation=job.cancellation,
            )
        except ProcessCancelledError:
            raise GenerationCancelledError(self.name, possibly_billed=self.options.price != 0) from None
        except ProcessTimeoutError:
            raise GenerationTimeoutError(self.name, job.timeout, possibly_billed=self.options.price != 0) from None
        except TooMuchOutputError as fault:
            raise GenerationError(
                self.name, f"the program wrote more than {fault.limit:,} bytes of {fault.what}"
            ) from None
        except OSError as fault:
            problem = f"{self.options.template.parts[0]} cannot be started: {fault.strerror or fault}"
            raise GenerationError(self.name, problem, "see `argv` of the provider") from None

    def _variables(self) -> dict[str, str]:
        """Return the environment variables that the program sees."""
        passed = {name: os.environ[name] for name in (*PASSED, *self.options.env) if name in os.environ}
        return {**passed, **self._held}

    def _received(self, ended: Ended, out: Path, *, from_output: bool) -> bytes:
        message = f": {ended.tail}" if ended.tail else ", without a message"
        if ended.status == REFUSED:
            raise GenerationRefusedError(self.name, f"the program refused{message}", "change the prompt")
        if ended.status != 0:
            raise GenerationError(self.name, f"the program failed ({ended.how}){message}", "run it by hand to see more")
        where = "standard output" if from_output else "{out}"
        if not out.is_file():
            raise GenerationError(
                self.name, f"the program wrote no file to {where}{message}", "see `argv` of the provider"
            )
        size = out.stat().st_size
        if size > DEFAULT_LIMITS.bytes:
            raise GenerationError(self.name, f"the program wrote an image of more than {DEFAULT_LIMITS.bytes:,} bytes")
        if size == 0:
            raise GenerationError(
                self.name, f"the program wrote nothing to {where}{message}", "see `argv` of the provider"
            )
        return out.read_bytes()

    @cached_property
    def _environment(self) -> Mapping[str, Any]:
        """The program by name and digest, so that a new build of it is seen as what changed."""
        path = Path(self._program)
        found: dict[str, Any] = {"program": path.name}
        if path.is_file() and path.stat().st_size <= DIGEST_LIMIT:
            found["program_digest"] = digest_of_file(path)
        return found


def _ending(options: CommandOptions, job: Job) -> str:
    """Return the ending of {out}: many programs choose the file format by it."""
    asked = job.recipe.subject.settings.get("format")
    return options.suffix or (f".{asked}" if asked in ("jpeg", "webp") else ".png")


ADAPTER = Adapter("command", "any program that writes an image", Command, CommandOptions)
