"""Style sheets and scripts that every visit needs, each kind as one file: fewer requests before the first paint.

Put together from static/ by `collectstatic`. Each script keeps names of its own, as it would in a file of its own.
"""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage

ALL_STYLES = ("css/tokens.css", "css/base.css", "css/parts.css")
ALL_SCRIPTS = ("js/keys.js", "js/remap.js", "js/outbox.js")
WORKBENCH = "draft lease submit ahead copy evidence assistant view guide correct undo"

BUNDLES = {
    "css/site.css": (*ALL_STYLES, "css/pages.css"),
    "css/bench.css": (*ALL_STYLES, "css/reading.css", "css/workbench.css"),
    "js/site.js": ALL_SCRIPTS,
    "js/bench.js": (*ALL_SCRIPTS, *(f"js/{name}.js" for name in WORKBENCH.split())),
}


def bundle(name: str) -> str:
    return "\n".join(_part(settings.BASE_DIR / "static" / part) for part in BUNDLES[name])


def _part(path: Any) -> str:
    text: str = path.read_text()
    return f"{{\n{text}}}" if path.suffix == ".js" else text


class Bundles(BaseFinder):
    """Finds the bundles as if they stood in static/."""

    def __init__(self) -> None:
        self.storage = FileSystemStorage(settings.ASSAY_HOME / "bundles")

    def check(self, **_: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        if path not in BUNDLES:
            return []
        found = self.storage.path(self._put_together(path))
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, Storage]]:
        for name in BUNDLES:
            yield self._put_together(name), self.storage

    def _put_together(self, name: str) -> str:
        self.storage.delete(name)
        return self.storage.save(name, ContentFile(bundle(name)))
