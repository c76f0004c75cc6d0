"""The images that detection is measured on: photographs, illustrations, screenshots with text, images of the painter.

``python -m benchmarks.pictures`` fetches the packages by ``apt-get download`` (Debian; nothing is installed), renders
the screenshots with Chromium, and writes every picture as PNG into ``build/pictures``. Files of packages are checked
against their digests; screenshots depend on the fonts that are there.
"""

import hashlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

from harness.image import encode_png, read_file

ROOT = Path(__file__).parents[1]
CACHE = ROOT / "build" / "pictures"
DIGESTS = Path(__file__).with_name("pictures.json")
KINDS = ("photograph", "illustration", "screenshot", "painter")
SIDES = (256, 384, 512, 768, 1024)
"""Sides in pixels, in turn over the pictures of a kind; all are square."""
SKIMAGE, LOMIRI, UKUI = "scikit-image", "lomiri-wallpapers-16.04", "ukui-wallpapers"
MATE, CLIPART = "mate-backgrounds", "openclipart-png"
PACKAGES = {
    LOMIRI: "usr/share/backgrounds",
    UKUI: "usr/share/backgrounds",
    MATE: "usr/share/backgrounds/mate",
    CLIPART: "usr/share/openclipart/png",
}
"""Packages of Debian 12, and the folder of their images."""
LICENSES = {
    SKIMAGE: "public domain, CC0 or CC BY, listed in its data/README.txt",
    LOMIRI: "CC BY 4.0, CC BY-SA 4.0 or CC0, listed by file in its copyright file",
    UKUI: "CC BY-SA 3.0",
    MATE: "GPL-2 or later, `Wood.jpg` CC BY-SA 4.0 too",
    CLIPART: "public domain (Creative Commons Public Domain Dedication)",
    "screenshot": "this project's own pages",
    "painter": "this project's own images",
}
SWITCHES = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1")
LIGHT = "body{font:15px/1.5 sans-serif;margin:18px;color:#222;background:#fff}code{background:#eee}"
DARK = "body{font:14px/1.45 serif;margin:14px;color:#ddd;background:#191c24}code{color:#9fc}a{color:#7af}"
TABLE = "table{border-collapse:collapse}td,th{border:1px solid #999;padding:2px 6px}"


@dataclass(frozen=True)
class Picture:
    """``source`` is a package, or the kind itself; ``file`` is a file of it, a page, or a prompt."""

    kind: str
    source: str
    file: str
    side: int

    @property
    def name(self) -> str:
        """A name for a file."""
        short = "-".join("".join(c if c.isalnum() else " " for c in self.file).split())
        return f"{self.kind}-{short[-60:]}-{self.side}"


def _of(kind: str, *sources: tuple[str, tuple[str, ...]]) -> tuple[Picture, ...]:
    files = [(source, file) for source, names in sources for file in names]
    return tuple(Picture(kind, *one, SIDES[number % len(SIDES)]) for number, one in enumerate(files))


OURS = (
    *_of("photograph", (SKIMAGE, (
        "astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg", "motorcycle_left.png", "hubble_deep_field.jpg",
        "ihc.png", "camera.png", "coins.png", "moon.png", "brick.png", "grass.png", "gravel.png", "page.png",
        "retina.jpg", "cell.png",
    ))),
    *_of("illustration", (CLIPART, (
        "plants/magnolia-white_patricia__01.png", "food/fruit/strawberry_jonathan_diet_01.png",
        "transportation/vehicles/hummers/hummer_07.png", "animals/mammals/dogs/bulldog_puppy_ganson.png",
        "recreation/party/fireworks__ganson.png", "recreation/holiday/thanksgiving/thanksgiving_spread_01.png",
        "animals/bugs/flying_wasp_gerald_g._02.png", "animals/mammals/sheep-md-v0.1.png",
    ))),
    *_of("screenshot", ("screenshot", (
        "docs/codes.md", "docs/environments.md", "docs/errors.md", "docs/export.md", "docs/golden-tests.md",
        "docs/ignored.md", "docs/monitor.md", "docs/project.md",
    ))),
    *_of("painter", ("painter", (
        "two red circles to the left of a blue square", "a yellow moon above a green hill at night",
        "a house beside a tree by the sea", "three orange triangles on a white background",
        "a purple star and a pink heart", "a small black ring above a red house at sunset",
        "two blue hearts beside a green tree", "a green boat on the sea by day",
    ))),
    *_of("photograph", (LOMIRI, (
        "Dragonfly_by_Bolly.jpg", "Picture_0B_by_freespace.jpg", "Picture_1A_by_freespace.jpg",
        "Wine_by_Jakkub_Mede.jpg", "aitzgorri_by_Aitzol_Berasategi.jpg", "free_by_Peter_Nerlich.jpg",
        "life_by_Aitzol_Berasategi.jpg", "picosdeeuropa_by_Aitzol_Berasategi.jpg", "seeding_by_Clements_Engelhardt.jpg",
        "sunset_by_Aitzol_Berasategi.jpg", "greentock_by_Peter_Nerlich.jpg",
    ))),
    *_of("illustration", (UKUI, (
        "2004default.jpg", "calla.png", "desert.png", "firstgeneration.jpg", "goldfish.png", "rollpaper.png",
        "string.jpg",
    )), (CLIPART, (
        "recreation/park_nicu_buculei_01.png", "animals/mammals/big_cats/tiger_graig_ryan_smith_-_01.png",
        "animals/fish/crawfish2_ganson.png", "food/pumpkin2_yemu_01.png",
    ))),
    *_of("screenshot", ("screenshot", (
        "README.md", "docs/api.md", "docs/audit.md", "docs/checks.md", "CONTRIBUTING.md", "docs/gateway.md",
        "docs/noise.md", "docs/providers.md", "docs/pytest.md", "docs/server.md", "suites/README.md",
    ))),
    *_of("painter", ("painter", (
        "a blue house on a green hill by day", "five small stars above a black mountain at night",
        "a big orange sun over the sea at sunset", "a pink heart between two gray squares",
        "a tree to the right of a red house in the snow", "a yellow ring on a purple background",
        "four green triangles and one white circle", "a brown boat on the sea under a moon",
        "a white square above a blue circle", "a red flower beside a yellow house",
        "two purple hearts on a black background",
    ))),
)  # fmt: skip
"""What weights and limits are chosen on."""
OTHERS = (
    *_of("photograph", (MATE, (
        "nature/Aqua.jpg", "nature/Blinds.jpg", "nature/Dune.jpg", "nature/FreshFlower.jpg", "nature/GreenMeadow.jpg",
        "nature/RainDrops.jpg", "nature/Storm.jpg", "nature/TwoWings.jpg", "nature/Wood.jpg",
    )), (LOMIRI, ("Bridge_by_Sander_Klootwijk.jpg", "friends_by_Aitzol_Berasategi.jpg"))),
    *_of("illustration", (MATE, ("abstract/Elephants.jpg", "abstract/Flow.png", "abstract/Silk.png")), (CLIPART, (
        "food/beverages/zielony_kubek_herbaty_-_01.png", "signs_and_symbols/clocks/sandglass_vermin_.png",
        "plants/mushroom_benji_park_.png", "signs_and_symbols/flags/europe/united_kingdom/uk_wales.png",
        "plants/trees/fall_coloured_leaf_geral_02.png", "people/busy_mom_with_child_and_01.png",
        "food/fruit/grapes_01.png", "transportation/car_jamin_ellis_.png",
    ))),
    *_of("screenshot", ("screenshot", (
        "SECURITY.md", "CODE_OF_CONDUCT.md", "harness/painter/MODEL.md", "reports/README.md", "suites/quickstart.yaml",
        "docs/schemas/trial.json", "Makefile", "harness/report/html/overview.js", "harness/judge/energy.py",
        "harness/prompt/reader.py", "pyproject.toml",
    ))),
    *_of("painter", ("painter", (
        "a gray house under a red moon", "six white stars at night", "a green ring beside a purple triangle",
        "a tree on a hill in the snow", "two orange boats on the sea by day", "a black heart on a yellow background",
        "a pink flower to the left of a blue tree", "three brown squares and two yellow circles",
        "a red sun above a mountain at sunset", "a small white circle inside a big green square",
        "a purple house beside a pink house",
    ))),
)  # fmt: skip
"""What the rates are counted on: none of these was used to choose anything."""


def stored(picture: Picture) -> Path:
    """Return where the cache has a picture."""
    return CACHE / f"{picture.name}.png"


def opened(picture: Picture) -> Image.Image:
    """Return a picture from the cache. Raises FileNotFoundError where it was not fetched."""
    return Image.fromarray(read_file(stored(picture)).pixels[:, :, :3])


def square(image: Image.Image, side: int) -> Image.Image:
    """Return the middle of an image, ``side`` × ``side``."""
    scale = side / min(image.size)
    image = image.resize((max(side, round(image.width * scale)), max(side, round(image.height * scale))), LANCZOS)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


LANCZOS = Image.Resampling.LANCZOS


def on_white(image: Image.Image) -> Image.Image:
    """Return an image without alpha."""
    seen = image.convert("RGBA")
    ground = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(ground, seen).convert("RGB")


def of_package(picture: Picture, folder: Path) -> Image.Image:
    """Return a picture of a package. Raises ValueError where the file is another one than it was."""
    path = folder / picture.file
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != json.loads(DIGESTS.read_text(encoding="utf-8"))[picture.file]:
        raise ValueError(f"{picture.file} of {picture.source} has another digest: {digest}")
    return square(on_white(Image.open(path)), picture.side)


def unpacked(package: str, place: Path) -> Path:
    """Return the folder of a package's images."""
    subprocess.run(["apt-get", "download", "-qq", package], cwd=place, check=True)
    (archive,) = place.glob(f"{package}_*.deb")
    subprocess.run(["dpkg-deb", "-x", str(archive), str(place / package)], check=True)
    return place / package / PACKAGES[package]


def screenshot(picture: Picture, number: int, place: Path) -> Image.Image:
    """Return the top of a page or a source file as Chromium shows it, every second one light on dark."""
    from markdown_it import MarkdownIt

    text = (ROOT / picture.file).read_text(encoding="utf-8")
    if not picture.file.endswith(".md"):
        text = f"````\n{text}\n````\n"
    body = MarkdownIt("commonmark").enable("table").render(text)
    page, shot = place / "page.html", place / "page.png"
    style = (DARK if number % 2 else LIGHT) + TABLE
    page.write_text(f"<!doctype html><meta charset=utf-8><style>{style}</style>{body}", encoding="utf-8")
    size = f"--window-size={picture.side},{picture.side}"
    command = ["chromium", *SWITCHES, size, f"--screenshot={shot}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return square(Image.open(shot).convert("RGB"), picture.side)


def painted(picture: Picture, number: int) -> Image.Image:
    """Return an image of the painter."""
    from harness.painter import Options, Painter
    from harness.prompt import interpret

    options = Options(size=(picture.side, picture.side), quality="draft")
    return Image.fromarray(Painter().generate(interpret(picture.file, seed=number), number, options).pixels)


def made(place: Path) -> Iterator[tuple[Picture, Image.Image]]:
    """Yield every picture that the cache lacks."""
    folders = {SKIMAGE: Path(skimage.data.__file__).parent}
    for number, picture in enumerate((*OURS, *OTHERS)):
        if stored(picture).exists():
            continue
        if picture.kind == "screenshot":
            yield picture, screenshot(picture, number, place)
        elif picture.kind == "painter":
            yield picture, painted(picture, number)
        else:
            if picture.source not in folders:
                folders[picture.source] = unpacked(picture.source, place)
            yield picture, of_package(picture, folders[picture.source])


def main() -> int:
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        for picture, image in made(Path(name)):
            stored(picture).write_bytes(encode_png(np.ascontiguousarray(image)))
            print(picture.name, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
