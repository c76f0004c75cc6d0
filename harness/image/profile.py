"""What a file says of its colors that decoding does not apply: color profile, gamma, bits a channel."""

import hashlib
import io
import struct
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from harness.records import Reason
from harness.vocabulary import Code

_PROFILE_BYTES = 4 * 1024 * 1024
_SRGB_GAMMA = 0.45455
_SRGB_PRIMARIES = (0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06)
_SRGB_CODES = ((1, 2), (1, 2, 6, 13, 14, 15))
"""Primaries and transfer curves (ITU-T H.273) that are sRGB's, near it, or not stated."""


def color_notes(info: Mapping[Any, Any]) -> tuple[Reason, ...]:
    """Return notes on the color profile and the gamma in ``info``, as Pillow and :func:`png_info` name them."""
    if icc := info.get("icc_profile"):
        digest = hashlib.sha256(icc).hexdigest()[:16]
        return (Reason(Code.IMAGE_PROFILE, {"profile": digest, "name": _name(icc)}),)
    notes: list[Reason] = []
    codes = info.get("cicp")
    if codes and not (codes[0] in _SRGB_CODES[0] and codes[1] in _SRGB_CODES[1]):
        notes.append(_profile(f"H.273 {codes[0]}/{codes[1]}"))
    if codes or "srgb" in info:
        return tuple(notes)
    primaries, gamma = info.get("chromaticity"), info.get("gamma")
    if primaries and any(abs(a - b) > 0.001 for a, b in zip(primaries, _SRGB_PRIMARIES, strict=True)):
        notes.append(_profile("primaries " + " ".join(f"{value:.4g}" for value in primaries)))
    if isinstance(gamma, float) and abs(gamma - _SRGB_GAMMA) > 0.0005:
        notes.append(Reason(Code.IMAGE_GAMMA, {"gamma": gamma}))
    return tuple(notes)


def depth_note(bits: int) -> tuple[Reason, ...]:
    """Return the note on an image of more than 8 bits a channel."""
    return (Reason(Code.DEPTH_REDUCED, {"bits": bits, "accepted": None}),) if bits > 8 else ()


def png_info(others: Mapping[bytes, memoryview]) -> dict[str, Any]:
    """Return what the chunks of a PNG say of its colors. Raises struct.error, ValueError or zlib.error."""
    info: dict[str, Any] = {}
    if b"iCCP" in others:
        _, _, rest = bytes(others[b"iCCP"]).partition(b"\0")
        info["icc_profile"] = zlib.decompressobj().decompress(rest[1:], _PROFILE_BYTES)
    if b"cICP" in others:
        info["cicp"] = struct.unpack_from("2B", others[b"cICP"])
    if b"sRGB" in others:
        info["srgb"] = others[b"sRGB"][0]
    if b"gAMA" in others:
        info["gamma"] = struct.unpack_from(">I", others[b"gAMA"])[0] / 100000
    if b"cHRM" in others:
        info["chromaticity"] = tuple(value / 100000 for value in struct.unpack_from(">8I", others[b"cHRM"]))
    return info


def boxed_info(data: bytes) -> tuple[dict[str, Any], int]:
    """Return what the boxes of an AVIF or HEIC file say of its colors, and its bits a channel (0: not said)."""
    head = data[:65536].partition(b"mdat")[0]
    color, pixels = head.find(b"colrnclx"), head.find(b"pixi")
    codes = struct.unpack_from(">2H", data, color + 8) if color >= 0 else None
    return {"cicp": codes} if codes else {}, data[pixels + 9] if pixels >= 0 else 0


def _profile(name: str) -> Reason:
    return Reason(Code.IMAGE_PROFILE, {"profile": name, "name": name})


@lru_cache(maxsize=16)
def _name(icc: bytes) -> str:
    """Return the description in a color profile, or nothing where none can be read."""
    try:
        from PIL import ImageCms

        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc))).strip()
    except Exception:  # any bytes may be there, and its name decides nothing
        return ""
