"""The page of a run for a server of this machine: its images under addresses of their own, and nothing written."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.ledger import iter_results, read_run
from harness.records import TrialResult
from harness.report.data_script import DataScript
from harness.report.document import write_document
from harness.report.image_paths import Images, Place, Places
from harness.report.page import SCRIPTS, STYLES, page_head
from harness.report.rows import row
from harness.report.tally import Tally
from harness.report.views import Views
from harness.report.words import run_title


@dataclass(frozen=True, slots=True)
class ServedPage:
    """A page in memory: its document, its data, and the files that it may show by their address.

    ``files`` maps an address to a path and the file digest of the recorded image, which is None for a view of one.
    """

    document: bytes
    data: bytes
    files: Mapping[str, tuple[Path, str | None]]


def served_page(folder: Path, baselines: Path) -> ServedPage:
    """Return the page of the run in ``folder``, with the script that talks to a server. Raises what the ledger does."""
    run, images, tally = read_run(folder), Images(folder, baselines), Tally()
    files: dict[str, tuple[Path, str | None]] = {}
    numbers: dict[Path, str] = {}

    def served(place: Place | None, digest: str | None) -> Place | None:
        if place is None or place.address is None:
            return place
        address = numbers.get(place.path)
        if address is None:
            address = numbers[place.path] = f"files/{len(numbers)}{place.path.suffix.lower()}"
            files[address] = place.path, None if place.made else digest
        return place._replace(address=address)

    views, rows = Views(folder), io.StringIO()
    script = DataScript(rows)
    for result in iter_results(folder):
        tally.add(result)
        places = views.of(result, images.of(result))
        script.row(row(result, _served(result, places, served), script, _readable))
    script.call("end", {"trials": tally.trials})
    head, document = io.StringIO(), io.StringIO()
    DataScript(head).call("head", page_head(run, tally, images))
    write_document(document, run_title(run), STYLES, (*SCRIPTS, "review.js"), connects=True)
    return ServedPage(document.getvalue().encode(), (head.getvalue() + rows.getvalue()).encode("ascii"), files)


def _served(result: TrialResult, places: Places, served: Any) -> Places:
    candidate, baseline, heat = places
    return Places(
        served(candidate, result.image and result.image.file_digest),
        served(baseline, result.baseline and result.baseline.file_digest),
        served(heat, None),
    )


def _readable(digest: str, path: Path | None, made: bool) -> bool:  # noqa: ARG001 - as an embedder is called
    """Return that the page can read the pixels: they come from where it comes from."""
    return True
