"""Write harness/provider/data/models.json: prices of models and the days they end, each with its day and source.

    python tools/models.py [LITELLM.json]

LITELLM.json is the price file that LiteLLM publishes (``model_prices_and_context_window.json`` of its repository, MIT).
Its rows of OpenAI's and Gemini's models are read; a row of ``tools/models-overlay.json``, which is kept by hand in the
same format, replaces that of the same model. Without a file the rows of the present table are kept.
"""

import argparse
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

OVERLAY = Path(__file__).with_name("models-overlay.json")
TABLE = Path(__file__).resolve().parents[1] / "harness" / "provider" / "data" / "models.json"
LITELLM = "https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json"
NOTE = "as LiteLLM's price file has it"
TOKENS = {
    "text_in": "input_cost_per_token",
    "image_in": "input_cost_per_image_token",
    "text_out": "output_cost_per_token",
    "image_out": "output_cost_per_image_token",
}
_SIZED = re.compile(r"(?P<quality>[a-z]+)/(?P<wide>\d+)-x-(?P<high>\d+)/(?P<model>[^/]+)")
_SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}$|-preview$")


def table(overlay: Mapping[str, Any], others: list[dict[str, Any]], day: str) -> dict[str, Any]:
    """Return the table of ``day``: the rows of the overlay, and of the others those of further models."""
    own = {(row["vendor"], row["model"]) for row in overlay["models"]}
    rows = [*overlay["models"], *(row for row in others if (row["vendor"], row["model"]) not in own)]
    return {"unit": overlay["unit"], "date": day, "models": sorted(rows, key=lambda row: (row["vendor"], row["model"]))}


def rows_of(prices: Mapping[str, Mapping[str, Any]], day: str) -> list[dict[str, Any]]:
    """Return the rows of LiteLLM's file that are of use here, read on ``day``."""
    images = _images(prices)
    return [row for name, entry in prices.items() for row in _row(name, entry, images, day)]


def _row(name: str, entry: Mapping[str, Any], images: Mapping[str, Any], day: str) -> Iterator[dict[str, Any]]:
    vendor, mode = entry.get("litellm_provider"), entry.get("mode")
    model = name.removeprefix("gemini/") if vendor == "gemini" else name
    known = (vendor == "openai" and (mode == "image_generation" or (mode == "chat" and name.startswith("gpt-")))) or (
        vendor == "gemini" and mode == "image_generation"
    )
    if not known or "/" in model or _SNAPSHOT.search(model):
        return
    tokens = {kind: round(entry[key] * 1e6, 6) for kind, key in TOKENS.items() if entry.get(key)}
    row: dict[str, Any] = {"vendor": vendor, "model": model, "date": day, "source": entry.get("source") or LITELLM}
    row |= {"tokens": tokens} if tokens else {}
    row |= {"images": images[model]} if model in images else {}
    if entry.get("deprecation_date"):
        row |= {"ends": entry["deprecation_date"], "ends_source": entry.get("deprecation_source") or LITELLM}
        row |= {"replacement": successor.removeprefix("gemini/")} if (successor := entry.get("successor_model")) else {}
    if len(row) > len(("vendor", "model", "date", "source")):
        yield row | {"note": NOTE}


def _images(prices: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, dict[str, float]]]:
    """Return the prices of OpenAI's images by model, quality and size."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, entry in prices.items():
        sized = _SIZED.fullmatch(name)
        price = entry.get("input_cost_per_image") or entry.get("output_cost_per_image")
        if sized and price and entry.get("litellm_provider") == "openai":
            sizes = found.setdefault(sized["model"], {}).setdefault(sized["quality"], {})
            sizes[f"{sized['wide']}x{sized['high']}"] = price
    return found


def main(arguments: list[str] | None = None) -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prices", nargs="?", type=Path, help="LiteLLM's price file")
    parser.add_argument("--date", type=date.fromisoformat, help="the day it was published (else that of the file)")
    parser.add_argument("--out", type=Path, default=TABLE, help="the table to write (else the one that is shipped)")
    given = parser.parse_args(arguments)
    overlay = json.loads(OVERLAY.read_text(encoding="utf-8"))
    if given.prices is None:
        present = json.loads(TABLE.read_text(encoding="utf-8"))
        others, day = [row for row in present["models"] if row.get("note") == NOTE], present["date"]
    else:
        modified = datetime.fromtimestamp(given.prices.stat().st_mtime, UTC).date()
        day = (given.date or modified).isoformat()
        others = rows_of(json.loads(given.prices.read_text(encoding="utf-8")), day)
    written = table(overlay, others, max([day, *(row["date"] for row in overlay["models"])]))
    rows = ",\n".join(f"    {json.dumps(row, ensure_ascii=False)}" for row in written["models"])
    head = json.dumps({name: written[name] for name in ("unit", "date")}, indent=2)[:-2]
    given.out.write_text(f'{head},\n  "models": [\n{rows}\n  ]\n}}\n', encoding="utf-8")
    print(f"{given.out}: {len(written['models'])} models, of {written['date']}")


if __name__ == "__main__":
    main()
