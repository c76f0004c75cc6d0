"""``harness report``."""

from pathlib import Path
from typing import Any

import click

from harness.cli.completing import runs
from harness.cli.examples import examples
from harness.cli.options import json_option, project_options, refuse_unused, single_file_option
from harness.cli.output import console, echo, print_json, print_reported, say
from harness.cli.project import project_of


@click.command(
    name="report",
    epilog=examples(
        "harness report latest --open",
        "harness report --merge shard-1 shard-2  # one run of several shards",
        "harness report --across gpu a100 h100   # several machines on one page",
    ),
)
@click.argument("runs", nargs=-1, metavar="[RUN]...", shell_complete=runs)
@click.option("--merge", is_flag=True, help="Make one run of several shards first.")
@click.option(
    "--across",
    metavar="FIELDS",
    help="One page of several runs: trials by profile. FIELDS is `profile` (that of each suite), or gpu,driver …",
)
@click.option(
    "--output", type=click.Path(path_type=Path), help="The page of --across  [default: across.html in --reports]"
)
@single_file_option
@click.option(
    "--open",
    "look",
    is_flag=True,
    help="Open the page, written anew only where there is none or another option is given.",
)
@project_options
@json_option
def command(runs: tuple[str, ...], merge: bool, single_file: bool, look: bool, as_json: bool, **given: Any) -> int:
    """Write the reports of a run again: page, JUnit and Markdown; of an audit, page and Markdown.

    RUN is `latest` (the default), the name of a run or an audit, or its folder. Its accepted images are looked for
    where the run had them, unless --baselines names another folder.
    """
    if given["across"] is not None:
        refuse_unused("with --across", "merge", "single_file", "baselines")
        return _across(runs, given.pop("across"), given.pop("output"), given, look=look, as_json=as_json)
    refuse_unused("without --across", "output")
    given.pop("across"), given.pop("output")
    from harness.ledger import find_audit, find_run, keep_spending, read_run
    from harness.report import Tally, print_summary, write_report
    from harness.runner import exit_code

    baselines, project = given["baselines"], project_of(given)
    reports = project.reports
    if not merge and len(runs) > 1:
        raise click.UsageError("several runs are reported one by one, or as one with --merge")
    audit = find_audit(reports, runs[0]) if len(runs) == 1 and not merge else None
    if audit is not None:
        refuse_unused("on the report of an audit", "single_file", "baselines")
    if look and not (merge or single_file or as_json or baselines):
        page = (audit or find_run(reports, *runs or ("latest",))) / "index.html"
        if page.exists():
            return _open(page)
    if audit is not None:
        from harness.cli.audit import report

        return report(audit, as_json=as_json)
    folders = [find_run(reports, run) for run in runs or ("latest",)]
    notes: list[str] = []
    if merge:
        from harness.baseline import Baselines
        from harness.runner import merge_shards

        accepted = Baselines(baselines or project.located(read_run(folders[0]).baselines), project.store)
        merged = merge_shards(folders, reports, baselines=accepted)
        folder = merged.folder
        if all(part.resolve().is_relative_to(reports.resolve()) for part in folders):
            # its shards have been paid for: the same money is not counted twice
            keep_spending(reports, merged=[folder])
        notes += [f"shard {shard} is missing" for shard in merged.missing]
    else:
        folder = folders[0]
    record = read_run(folder)
    baselines, tally = baselines or project.located(record.baselines), Tally()
    written = write_report(folder, baselines=baselines, single_file=single_file, tally=tally)
    if as_json:
        print_reported("run", record, folder, written, notes=notes)
    else:
        screen = console()
        print_summary(screen, project.reached(record), tally, folder, report=written["html"])
        for note in notes:
            say(screen, note)
    return _open(written["html"]) if look else exit_code(record)


def _across(
    runs: tuple[str, ...], across_what: str, output: Path | None, given: dict[str, Any], *, look: bool, as_json: bool
) -> int:
    from harness.ledger import find_run
    from harness.records import to_json
    from harness.report import plural, profile_text, shown_path, write_across
    from harness.runner import across

    project = project_of(given)
    names = [name.strip() for name in across_what.split(",") if name.strip()]
    if not names:
        raise click.BadParameter("no field is named", param_hint="--across")
    folders = [find_run(project.reports, run) for run in runs or ("latest",)]
    made = across(folders, [] if names == ["profile"] else names)
    page = write_across(output or project.reports / "across.html", made)
    if as_json:
        print_json({**to_json(made), "page": str(page)})
    else:
        screen = console()
        say(screen, f"{plural(len(made.rows), 'trial')}: {'; '.join(map(profile_text, made.profiles))}")
        say(screen, f"page: {shown_path(page)}")
    return _open(page) if look else 0


def _open(page: Path) -> int:
    from harness.report import shown_path

    opened = click.launch(page.absolute().as_uri()) == 0
    echo(f"{'opened' if opened else 'no browser could be started; open'} {shown_path(page)}", err=True)
    return 0
