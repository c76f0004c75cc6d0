"""The optional C extensions. Without a compiler the install goes on, and numpy and Pillow do their work."""

import platform
import sys
import sysconfig

from setuptools import Extension, setup

STABLE_ABI = platform.python_implementation() == "CPython" and not sysconfig.get_config_var("Py_GIL_DISABLED")
# Contraction to fused multiply-add would change the last bits; no -march: the kernels ask the processor at run time.
FLAGS = (
    ["/O2", "/fp:precise"] if sys.platform == "win32" else ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fwrapv"]
)


def optional(name: str, source: str, *headers: str) -> Extension:
    """Describe an extension that may fail to build."""
    return Extension(
        name,
        [source],
        depends=list(headers),
        define_macros=[] if STABLE_ABI else [("HARNESS_NO_LIMITED_API", "1")],
        extra_compile_args=FLAGS,
        py_limited_api=STABLE_ABI,
        optional=True,
    )


setup(
    ext_modules=[
        optional("harness.image._png", "harness/image/_png.c"),
        optional("harness.comparison._kernel", "harness/comparison/_kernel.c", "harness/comparison/_kernel_body.h"),
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}} if STABLE_ABI else {},
)
