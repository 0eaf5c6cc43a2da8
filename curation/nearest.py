"""What lies nearest: by cosine, of vectors that all have length 1."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


def nearest(vector: Vectors, among: Vectors) -> Iterator[int]:
    """Rows of `among` (n, dim), nearest to `vector` (dim) first; of equally near ones the earlier row first."""
    yield from np.argsort(-(among @ vector), kind="stable").tolist()
