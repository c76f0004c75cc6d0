"""What an image is: safe decoding, canonical pixels, digests and writing.

This room is the only decoder. Its names are loaded when first used, so that importing it costs nothing heavy.
"""

from typing import TYPE_CHECKING

from harness.lazy import lazy

if TYPE_CHECKING:
    from harness.image.canonical import alike, checked, on_ground, settled
    from harness.image.decoding import decode, decode_named, decoder_name, read_bytes, read_file
    from harness.image.digests import file_digest, pixel_digest
    from harness.image.encoded import EncodedImage, PixelImage
    from harness.image.encoding import encode_jpeg, encode_png, quick_png
    from harness.image.errors import (
        AnimatedImageError,
        CorruptImageError,
        DecoderMissingError,
        DecodingTimeoutError,
        ImageError,
        ImageTooLargeError,
        LfsPointerError,
        NotAnImageError,
        TruncatedImageError,
        UnreadableFileError,
        UnsupportedPixelsError,
    )
    from harness.image.generation_metadata import RECIPE, generation_metadata_of, with_recipe
    from harness.image.headers import read_header
    from harness.image.image import Image, Pixels
    from harness.image.limits import DEFAULT_LIMITS, Limits
    from harness.image.png import same_image_data
    from harness.image.sniffing import FORMATS, SUFFIXES, is_lfs_pointer, looks_like, sniff
    from harness.image.sources import ImageSource, each_source, read_image_source
    from harness.image.texts import embedded_texts

_HOMES = {
    "canonical": ("alike", "checked", "on_ground", "settled"),
    "decoding": ("decode", "decode_named", "decoder_name", "read_bytes", "read_file"),
    "digests": ("file_digest", "pixel_digest"),
    "encoded": ("EncodedImage", "PixelImage"),
    "encoding": ("encode_jpeg", "encode_png", "quick_png"),
    "errors": (
        "AnimatedImageError",
        "CorruptImageError",
        "DecoderMissingError",
        "DecodingTimeoutError",
        "ImageError",
        "LfsPointerError",
        "NotAnImageError",
        "ImageTooLargeError",
        "TruncatedImageError",
        "UnreadableFileError",
        "UnsupportedPixelsError",
    ),
    "headers": ("read_header",),
    "limits": ("DEFAULT_LIMITS", "Limits"),
    "image": ("Image", "Pixels"),
    "png": ("same_image_data",),
    "sources": ("ImageSource", "each_source", "read_image_source"),
    "generation_metadata": ("RECIPE", "generation_metadata_of", "with_recipe"),
    "texts": ("embedded_texts",),
    "sniffing": ("FORMATS", "SUFFIXES", "is_lfs_pointer", "looks_like", "sniff"),
}

__all__ = [
    "DEFAULT_LIMITS",
    "FORMATS",
    "RECIPE",
    "SUFFIXES",
    "AnimatedImageError",
    "CorruptImageError",
    "DecoderMissingError",
    "DecodingTimeoutError",
    "EncodedImage",
    "Image",
    "ImageError",
    "ImageSource",
    "ImageTooLargeError",
    "LfsPointerError",
    "Limits",
    "NotAnImageError",
    "PixelImage",
    "Pixels",
    "TruncatedImageError",
    "UnreadableFileError",
    "UnsupportedPixelsError",
    "alike",
    "checked",
    "decode",
    "decode_named",
    "decoder_name",
    "each_source",
    "embedded_texts",
    "encode_jpeg",
    "encode_png",
    "file_digest",
    "generation_metadata_of",
    "is_lfs_pointer",
    "looks_like",
    "on_ground",
    "pixel_digest",
    "quick_png",
    "read_bytes",
    "read_file",
    "read_header",
    "read_image_source",
    "same_image_data",
    "settled",
    "sniff",
    "with_recipe",
]

__getattr__ = lazy(__name__, _HOMES)
