"""How much two labels agree: 1 on the diagonal, less where labels have an order and lie apart."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def identity(size: int) -> Floats:
    """Labels without an order: the same or not."""
    return np.eye(size)


def ordinal(size: int) -> Floats:
    """Gwet's ordinal weights (2014, ch. 3): 1 - C(|k - l| + 1, 2) / C(size, 2). One label alone: [[1]].

    >>> ordinal(3).tolist()
    [[1.0, 0.6666666666666667, 0.0], [0.6666666666666667, 1.0, 0.6666666666666667], [0.0, 0.6666666666666667, 1.0]]
    """
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    return 1 - (apart + 1) * apart / max(size * (size - 1), 1)
