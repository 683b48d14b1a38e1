"""Pictures of figures: named by what they show, drawn when somebody looks at them, and each once (X-5)."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from crm.charts import Drawing
from crm.charts.in_subprocess import NotDrawn, drawn
from crm.errors import DomainError
from crm.i18n import N_
from crm.models.bounded_cache import LRUCache

NO_PICTURE = N_("The chart could not be drawn. Please try again in a minute; the figures are not affected.")
MAX_BYTES = 8 * 1024 * 1024
_bodies = LRUCache(MAX_BYTES)
"""By what they show, so that they never become old."""


class PictureMissing(DomainError):
    """Drawing took too long or failed, though it was tried again."""


@dataclass(frozen=True)
class Picture:
    """What is to be drawn, with the configured font file, if any."""

    drawing: Drawing
    font: str

    @cached_property
    def etag(self) -> str:
        """The same for the same picture: whoever has it need not wait for it."""
        return sha256(repr((self.drawing, self.font)).encode()).hexdigest()[:24]

    @property
    def size(self) -> tuple[int, int]:
        """In pixels of the page; the picture has twice as many."""
        return self.drawing.size

    @property
    def body(self) -> bytes:
        """The PNG. Raises PictureMissing."""
        png: bytes | None = _bodies.get(self.etag)
        if png is None:
            try:
                png = drawn(self.drawing, self.font)
            except NotDrawn as none:
                raise PictureMissing(NO_PICTURE) from none
            _bodies.put(self.etag, png)
        return png
