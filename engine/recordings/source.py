"""Where a recording comes from: a file, or a model that stands in for data which cannot be shipped."""

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from engine.component import Component
from engine.recordings.session import Session


class RecordingSource(Component):
    """Base of the family. The same choices always give the same session."""

    @abstractmethod
    def session(self) -> Session:
        """What was recorded. Raises Invalid with one sentence for each fault."""

    def weights(self) -> Float[np.ndarray, "post pre"] | None:
        """The true weights between the units, where they are known."""
        return None

    def derivatives(self) -> Mapping[str, Float[np.ndarray, "post pre"]]:
        """By input: the true weights through which it shifts the activity, up to a factor, where they are known."""
        return {}

    def sheet(self) -> tuple[int, ...]:
        """The lengths of the ring, or of the torus, on which the units lie row by row; () if they lie on none."""
        return ()
