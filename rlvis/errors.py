"""The errors rlvis raises on purpose: each message says what was found, what was expected and what to do."""


class RlvisError(Exception):
    """Something the caller can put right; the command line prints the message and exits with code 2."""


class OptionError(RlvisError):
    """An option has a value, or a combination of values, that cannot be used."""


class CheckpointError(RlvisError):
    """A checkpoint file cannot be read, or does not hold what it should."""


class NetworkError(RlvisError):
    """A network, its parameters and its observations do not fit together."""


class EnvironmentFailure(RlvisError):
    """An environment cannot be made, or was used with input it does not accept."""


class RolloutError(RlvisError):
    """Recorded trajectories or observations are missing, damaged or too few for what is asked."""


class OutputError(RlvisError):
    """Results cannot be written to, or read from, the given place."""


class DatasetError(RlvisError):
    """A dataset is missing, damaged, or not laid out as published."""
