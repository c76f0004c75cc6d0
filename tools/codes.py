"""Write docs/codes.md: every code of a reason, what it means, and its data."""

from pathlib import Path

from harness.vocabulary import Code

PAGE = Path(__file__).resolve().parents[1] / "docs" / "codes.md"
HEAD = """# Codes of reasons

Why a trial, a set, a prompt of an audit or a probe came out as it did is recorded as reasons: a code, which stays the
same, and data. They are in `trials.jsonl`, `audit.json`, `bench.json` and the outputs of `--json` as
`{"code": "rule.beyond-limit", "data": {"metric": "ssim", "value": 0.7, "min": 0.98, "max": null}}`; in JUnit the `type`
of a failure is its verdict and its first code, and its text has a line for each reason. The sentences that the terminal
and the pages show are made of them and may change.

`tools/codes.py` writes this page.
"""


def page() -> str:
    """Return the text of the page."""
    rows = [
        f"| `{code}` | {code.meaning} | {', '.join(f'`{field}`' for field in code.fields) or '–'} |\n" for code in Code
    ]
    return "".join([HEAD, "\n| code | meaning | data |\n|---|---|---|\n", *rows])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
