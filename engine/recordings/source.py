"""Where a recording comes from: a file, or a model that stands in for data which cannot be shipped."""

from abc import abstractmethod

from engine.component import Component
from engine.recordings.session import Session


class RecordingSource(Component):
    """Base of the family. The same choices always give the same session."""

    @abstractmethod
    def session(self) -> Session:
        """What was recorded. Raises Invalid with one sentence for each fault."""
