"""The pytest plugin: suites become tests, and tests can check images.

Registers on install and imports only the standard library and pytest; the harness itself is loaded when the first
suite is collected or the fixture is used. YAML files are collected only when named on the command line or under the
ini option ``harness_suites``, and suites in a folder that is named and directly holds one; those of the ini option
are collected beside ``testpaths`` when ``pytest`` is called without a path.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.pytest_plugin.collect import SuiteFile
    from harness.pytest_plugin.fixture import ImageHarness

SUFFIXES = frozenset({".yaml", ".yml"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and ini settings."""
    group = parser.getgroup("image-harness", "image-harness: reproducibility of text-to-image models")
    group.addoption(
        "--harness-update",
        choices=("none", "missing", "drifted", "all"),
        default="none",
        help="accept images at the end: those without a baseline, those that drifted, or all findings",
    )
    group.addoption("--harness-provider", metavar="NAME", help="generate with this provider instead of the suite's own")
    group.addoption("--harness-report", metavar="DIR", help="folder of the runs (default: reports beside the ini file)")
    group.addoption("--harness-baselines", metavar="DIR", help="folder of the accepted images (default: baselines)")
    group.addoption("--harness-live", action="store_true", help="allow paid calls")
    group.addoption("--harness-budget", type=float, metavar="USD", help="allow paid calls up to this many US dollars")
    group.addoption(
        "--harness-cache",
        nargs="?",
        const=".harness-cache",
        metavar="DIR",
        help="reuse seeded images from this cache (if no DIR is named: .harness-cache)",
    )
    group.addoption("--harness-record", metavar="DIR", help="record every exchange with a provider")
    group.addoption("--harness-replay", metavar="DIR", help="replay a recording: no network, no key, no cost")
    group.addoption(
        "--harness-repeats",
        type=_positive,
        default=1,
        metavar="N",
        help="execute tests that check images N times and store the noise floors of those judged by drift='calibrated'",
    )
    parser.addini("harness_suites", "suite files or folders of suites to collect", type="paths", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Collect the suites of ``harness_suites`` beside ``testpaths``; a worker of xdist gets its results elsewhere."""
    _add_suites(config)
    if hasattr(config, "workerinput"):
        from harness.pytest_plugin.workers import Worker

        config.pluginmanager.register(Worker(config), "image_harness_worker")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Serve the workers of xdist, where this process has some."""
    sessions = session.config.pluginmanager.getplugin("dsession")
    if sessions is not None:
        from harness.pytest_plugin.workers import Controller

        session.config.pluginmanager.register(Controller(session.config, sessions), "image_harness_controller")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "SuiteFile | None":
    """Collect a YAML file that was asked for as a suite."""
    if file_path.suffix.lower() not in SUFFIXES or not _asked_for(file_path, parent.config):
        return None
    from harness.pytest_plugin.collect import SuiteFile

    return SuiteFile.from_parent(parent, path=file_path)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Execute tests that check images as often as ``--harness-repeats`` says."""
    if item.config.getoption("harness_repeats") > 1:
        from harness.pytest_plugin.repeating import repeated_call

        yield from repeated_call(item)
    else:
        yield


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Finish the runs of this process, if there were any."""
    run = session.config.stash.get(RUN, None)
    if run is not None:
        from harness.pytest_plugin.ending import end_prefetch

        end_prefetch(session, run)
    checks = session.config.stash.get(CHECKS, None)
    if checks is not None:
        checks.finish(session)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print where the report is, what was accepted, and what passed only when it was executed again."""
    from harness.errors import terminal_text

    for passed in terminalreporter.stats.get("passed", ()):
        for name, text in passed.user_properties:
            if name == "unstable":
                terminalreporter.write_line(terminal_text(f"image-harness unstable: {passed.nodeid} {text}"))
    for line in config.stash.get(REPORTED, []):
        terminalreporter.write_line(terminal_text(line))


@pytest.fixture
def image_harness(request: pytest.FixtureRequest) -> "ImageHarness":
    """Compare images that a test made with their baselines (``.check``), and generate images (``.generate``)."""
    from harness.pytest_plugin.fixture import ImageHarness

    return ImageHarness(request)


RUN: "pytest.StashKey[Any]" = pytest.StashKey()
"""The run that generates for the tests of this process alone (``harness.pytest_plugin.prefetch.PrefetchRun``)."""
CHECKS: "pytest.StashKey[Any]" = pytest.StashKey()
"""The run of the images that tests check (``harness.pytest_plugin.check_run.CheckRun``)."""
REPORTED: "pytest.StashKey[list[str]]" = pytest.StashKey()
"""Lines for the terminal summary."""


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError(text)
    return number


def _asked_for(path: Path, config: pytest.Config) -> bool:
    own = path.resolve()
    places = (config.invocation_params.dir / str(argument).partition("::")[0] for argument in config.args)
    named = [place.resolve() for place in places]
    if own in named:
        return True
    if config.args_source is pytest.Config.ArgsSource.ARGS and _is_suite(own):
        folders = [folder for folder in named if folder in own.parents]
        if any(_is_suite(file) for folder in folders for file in folder.iterdir()):
            return True
    roots = [Path(root).resolve() for root in config.getini("harness_suites")]
    return any(own == root or root in own.parents for root in roots)


def _is_suite(file: Path) -> bool:
    """Return whether a file is YAML that names a suite: a folder of tests may hold other YAML."""
    if file.suffix.lower() not in SUFFIXES or not file.is_file():
        return False
    return any(line.startswith(b"suite:") for line in file.read_bytes().splitlines())


def _add_suites(config: pytest.Config) -> None:
    """Collect the suites too where pytest collects what its ini file says, because nothing else was named."""
    if config.args_source is pytest.Config.ArgsSource.ARGS or config.invocation_params.dir != config.rootpath:
        return
    there = [(config.rootpath / argument).resolve() for argument in config.args]
    for root in config.getini("harness_suites"):
        if not root.exists():
            warning = pytest.PytestConfigWarning(f"harness_suites: there is no {root}")
            config.issue_config_time_warning(warning, stacklevel=2)
        elif not any(root.resolve().is_relative_to(path) for path in there):
            config.args.append(str(root))
