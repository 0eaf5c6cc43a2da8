"""What can go wrong in an engine.

    EngineError
      ModelMissing         the setting names a model that is not here and cannot be fetched
      WrongArchitecture    the model is here but cannot do this kind of work
      RowError             one row cannot be worked on; it becomes that row's Result.error
        BadAnswer          the model answered, but not with what the schema asks for
      BackendDown          the server that holds the model does not answer; worth trying again later

`load` raises the first two. `stream` raises only BackendDown, after the results of the rows that got through; `run`
only where none did, else it is the error of those that did not.
"""


class EngineError(Exception):
    """Root of the tree; its text is written for the manager who reads the failure."""


class ModelMissing(EngineError):
    """The model is not on this machine, and could not be fetched."""


class WrongArchitecture(EngineError):
    """The model cannot do this kind of work, e.g. a reward model without a trained head."""


class RowError(EngineError):
    """One row cannot be worked on."""


class BadAnswer(RowError):
    """The model's answer does not fit the schema; the text holds the answer."""


class BackendDown(EngineError):
    """The server does not answer, or answers that it cannot serve now; `retry_after` seconds, where it said so."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
