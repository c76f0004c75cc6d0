"""What of a process can decide how numbers come out: CPU level, threads, packages, GPU, determinism.

Nothing is imported and no device is started for it: of a package only what is imported already is read.
"""

import os
import platform
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

PACKAGES = (
    "torch", "torchvision", "numpy", "scipy", "diffusers", "transformers", "accelerate", "safetensors", "xformers",
    "flash_attn", "triton", "bitsandbytes", "jax", "jaxlib", "tensorflow", "onnxruntime", "openvino", "mlx", "cv2",
    "PIL", "skimage",
)  # fmt: skip
"""Packages whose versions count, by the names under which they are imported."""
VARIABLES = (
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
    "CUBLAS_WORKSPACE_CONFIG", "NVIDIA_TF32_OVERRIDE", "CUDA_VISIBLE_DEVICES", "ATEN_CPU_CAPABILITY",
    "OPENBLAS_CORETYPE", "MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS", "ONEDNN_MAX_CPU_ISA", "NPY_DISABLE_CPU_FEATURES",
    "TF_DETERMINISTIC_OPS", "TF_ENABLE_ONEDNN_OPTS", "XLA_FLAGS",
)  # fmt: skip
"""Environment variables that change how numbers come out."""
PASSED = (
    "PATH", "HOME", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TEMP", "TMP", "TZ",
    "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "USERPROFILE", "APPDATA", "LOCALAPPDATA",
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "VIRTUAL_ENV", "CUDA_VISIBLE_DEVICES",
)  # fmt: skip
"""Environment variables that every program gets; others only when ``env`` names them."""
REPORTS = frozenset({"cpu_level", "cores", "gpu_driver", "variables"})
"""The fields that :func:`child_environment` can hold."""
_LEVELS = (
    ("x86-64-v4", {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}),
    ("x86-64-v3", {"abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"}),
    ("x86-64-v2", {"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"}),
)
"""The levels of the x86-64 psABI, and the flags of /proc/cpuinfo that each adds to the one below (``abm`` is LZCNT)."""


def process_environment() -> dict[str, Any]:
    """Return what is known of this process, as plain JSON values; what is unknown is left out."""
    found: dict[str, Any] = child_environment(os.environ)
    packages = {name: version for name in PACKAGES if (version := _version(name))}
    found |= {"python": platform.python_version(), "packages": packages}
    return found | _known(_of_torch(sys.modules.get("torch")))


def child_environment(variables: Mapping[str, str]) -> dict[str, Any]:
    """Return what is known of a program that runs here with these environment variables."""
    given = {name: variables[name] for name in VARIABLES if variables.get(name)}
    machine = {"cpu_level": cpu_level(), "cores": _cores(), "gpu_driver": _gpu_driver()}
    # that none is set is known too
    return {**_known(machine), "variables": given}


@cache
def cpu_level() -> str:
    """Return the level of the processor, ``x86-64-v3``; of others the architecture, ``aarch64``."""
    machine = platform.machine()
    if machine.lower() not in ("x86_64", "amd64"):
        return machine
    return level_of(_cpu_flags())


def level_of(flags: frozenset[str]) -> str:
    """Return the highest level whose flags, and those of all levels below it, a processor has; empty where its flags
    are not known."""
    reached = "x86-64" if flags else ""
    for level, needed in reversed(_LEVELS):
        if not needed <= flags:
            break
        reached = level
    return reached


def _cpu_flags() -> frozenset[str]:
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("flags"):
                return frozenset(line.partition(":")[2].split())
    return frozenset()


def _cores() -> int:
    """Return the processors that this process may use: what most libraries choose their threads by."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 0


@cache
def _gpu_driver() -> str:
    with suppress(OSError):
        return Path("/sys/module/nvidia/version").read_text(encoding="utf-8").strip()
    return ""


def _version(name: str) -> str:
    module = sys.modules.get(name)
    return str(getattr(module, "__version__", "") or "") if module is not None else ""


def _of_torch(torch: Any) -> dict[str, Any]:
    """Return what an imported torch says of its threads, its determinism and the GPU that it uses already."""
    if torch is None:
        return {}
    found: dict[str, Any] = {}
    # a torch that is being imported, or was cut down, lacks some of it
    with suppress(Exception):
        found["threads"] = torch.get_num_threads()
    with suppress(Exception):
        cudnn = torch.backends.cudnn
        found["determinism"] = {
            "algorithms": torch.are_deterministic_algorithms_enabled(),
            "cudnn_deterministic": cudnn.deterministic,
            "cudnn_benchmark": cudnn.benchmark,
            "matmul_precision": torch.get_float32_matmul_precision(),
            "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        }
    with suppress(Exception):
        if torch.cuda.is_initialized():
            found["gpu"] = torch.cuda.get_device_name(torch.cuda.current_device())
            found["cuda"] = torch.version.cuda
    return found


def _known(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}
