"""Generate the Python code of the gateway's protos into ``harness/gateway/rpc/generated``: ``python -m tools.protos``.

A proto of the package ``harness.v1`` becomes a module of that folder, so its imports are rewritten: ``harness.v1`` is
no Python package.
"""

import shutil
import sysconfig
import tempfile
from pathlib import Path

HARNESS = Path(__file__).resolve().parents[1] / "harness"
PROTOS = HARNESS / "gateway" / "proto"
GENERATED = HARNESS / "gateway" / "rpc" / "generated"
PACKAGE = "harness.gateway.rpc.generated"
SITE = Path(sysconfig.get_path("purelib"))
"""Has Google's protos, installed by googleapis-common-protos."""
RENAMED = {"google/longrunning/operations_proto.proto": "google/longrunning/operations.proto"}
"""Files that have another name there than in Google's repository."""


def sources() -> list[Path]:
    """Return the protos, in order."""
    return sorted(PROTOS.rglob("*.proto"))


def google_protos(folder: Path) -> None:
    """Write the protos of Google that ours need into a folder, under the names that they are imported by."""
    for name in ("api", "longrunning", "rpc"):
        for path in (SITE / "google" / name).glob("*.proto"):
            relative = path.relative_to(SITE).as_posix()
            copy = folder / RENAMED.get(relative, relative)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def generated() -> dict[str, str]:
    """Return the text of each generated module by the name of its file. Raises RuntimeError where protoc fails."""
    import grpc_tools
    from grpc_tools import protoc

    well_known = Path(grpc_tools.__file__).parent / "_proto"
    names = [path.relative_to(PROTOS).as_posix() for path in sources()]
    with tempfile.TemporaryDirectory() as scratch:
        google, made = Path(scratch, "google"), Path(scratch, "made")
        google_protos(google)
        made.mkdir()
        outputs = [f"--{kind}_out={made}" for kind in ("python", "pyi")]
        if protoc.main(["protoc", f"-I{PROTOS}", f"-I{google}", f"-I{well_known}", *outputs, *names]):
            raise RuntimeError("protoc failed; its complaints are above")
        texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(made.rglob("*.py*"))}
    return {name: text.replace("from harness.v1 import", f"from {PACKAGE} import") for name, text in texts.items()}


def main() -> None:
    """Write what is generated, and remove what is no longer."""
    texts = generated()
    for path in GENERATED.glob("*_pb2*"):
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (GENERATED / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
