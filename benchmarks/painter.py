"""Time of the embedded painter: ``python -m benchmarks.painter``.

Prints seconds an image for each tier in both arithmetics (one BLAS thread, 64×64 native, enlarged to 256×256), and
the time of one evaluation of the network beside the same network in torch on one thread where torch is installed.
"""

import argparse
import io
import statistics
import time
from collections.abc import Callable
from importlib.resources import files

import numpy as np

from harness.painter import SHIPPED, TIERS, Options, Painter, arrange, blas
from harness.painter.arithmetic import ARITHMETICS
from harness.painter.condition import condition
from harness.painter.network import TIME, Network
from harness.painter.tables import noise
from harness.prompt.scene import Background, Relation, Scene, Thing

SCENE = Scene(
    (Thing("circle", "red", None, 2), Thing("house", "blue"), Thing("sun")),
    (Relation("left_of", 0, (1,)),),
    Background("hills", None, "day"),
)


def timed(call: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Return the best and the median seconds of a call, after one call to warm up."""
    call()
    seconds = []
    for _ in range(repeats):
        begun = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begun)
    return min(seconds), statistics.median(seconds)


def tiers(model: str, repeats: int) -> None:
    """Print the time of every tier."""
    for arithmetic in ARITHMETICS:
        begun = time.perf_counter()
        painter = Painter(model, arithmetic)
        print(f"{arithmetic}: loaded in {time.perf_counter() - begun:.2f} s")
        for quality in TIERS:
            options = Options(quality=quality, size=(256, 256))
            best, median = timed(lambda o=options, p=painter: p.generate(SCENE, 7, o), repeats)  # type: ignore[misc]
            print(f"  {quality:<9} best {best:.3f} s  median {median:.3f} s an image of 256×256")


def evaluations(model: str, repeats: int) -> None:
    """Print the time of one evaluation of the network on one image, in numpy and in torch."""
    arrays = dict(np.load(io.BytesIO((files("harness.painter") / "data" / SHIPPED[model][0]).read_bytes())))
    layout = arrange(SCENE, 7)
    features = condition(layout)
    start = noise(7, 0, 64, 64)[None]
    best: dict[str, float] = {}
    with blas.one_thread():
        for name, arithmetic in ARITHMETICS.items():
            network = Network(arrays, arithmetic)
            prepared = network.prepare([features], 16, 16)
            x = start.astype(network.dtype)
            best[name], _ = timed(lambda n=network, p=prepared, x=x: n(x, TIME // 3, p), repeats)  # type: ignore[misc]
    try:
        import torch

        from training.net import Net
        from training.net import features as as_floats
    except ImportError:
        print("torch is not installed: no comparison")
    else:
        torch.set_num_threads(1)
        net = Net().eval()
        given = [as_floats(torch.from_numpy(a)) for a in (features.pair, features.ground, features.scene)]
        where, drop = torch.from_numpy(features.where), torch.tensor([False])
        image = torch.from_numpy(start / 4096).permute(0, 3, 1, 2).float()
        with torch.no_grad():
            best["torch"], _ = timed(
                lambda: net(
                    image, torch.tensor([1 / 3]), given[0], where, given[1].view(1, 16, 16, -1), given[2][None], drop
                ),
                repeats,
            )
    print("one evaluation of the network, one thread:")
    for name, seconds in best.items():
        ratio = f"  {seconds / best['torch']:.2f} × torch" if "torch" in best else ""
        print(f"  {name:<9} {seconds * 1000:6.1f} ms{ratio}")


def main() -> None:
    """Print all times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="painter@2")
    parser.add_argument("--repeats", type=int, default=7)
    a = parser.parse_args()
    print(f"numpy {np.__version__}, BLAS kernels {blas.kernel()}")
    tiers(a.model, a.repeats)
    evaluations(a.model, 3 * a.repeats)


if __name__ == "__main__":
    main()
