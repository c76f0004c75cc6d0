"""Where the bytes of accepted images live: a folder or a bucket, content-addressed, written once.

``images/<sha256 of the bytes>.<format>``; which of them are in use, the manifests in git say.
"""

from harness.lazy import lazy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from harness.store.content import ImageKey, Store
    from harness.store.errors import ObjectCorruptError, ObjectMissingError, StoreError, StoreFailedError
    from harness.store.files import create_file
    from harness.store.place import Stored

__getattr__ = lazy(
    __name__,
    {
        "content": ("ImageKey", "Store"),
        "errors": ("ObjectCorruptError", "ObjectMissingError", "StoreError", "StoreFailedError"),
        "files": ("create_file",),
        "place": ("Stored",),
    },
)

__all__ = [
    "ImageKey",
    "ObjectCorruptError",
    "ObjectMissingError",
    "Store",
    "StoreError",
    "StoreFailedError",
    "Stored",
    "create_file",
]
