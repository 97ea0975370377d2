"""Tasks of NeuroGym by their id."""

import importlib
import json
import warnings
from functools import lru_cache
from importlib.util import find_spec
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from pydantic import Field
from torch import Tensor
from torch.nn.functional import one_hot

from engine.component import Invalid, near
from engine.randomness import stream_seed
from engine.tasks.task import Epochs, Task, Trials, Variable
from engine.tasks.values import explained_over_time

PROBES, PROBE_DT_MS = 400, 20.0  # trials from which chance and variables are told


class NeuroGym(Task):
    """Do a task of the NeuroGym collection, named by its id.

    Inputs are its observations and targets its ground truth at every step; rewards and actions play no part, so tasks
    for reinforcement learning alone have no trials here. Trials that end early are padded with zeros, which are not
    scored. Where the ground truth are classes, the score of a trial is the share of its steps at which the class owed
    has the largest output; every class that the trial owes weighs the same, so that fixation does not outweigh a short
    answer.
    """

    kind: Literal["neurogym"] = "neurogym"
    title: ClassVar[str] = "NeuroGym task"
    source: ClassVar[str] = "Molano-Mazón et al. (2022) NeuroGym, PsyArXiv; and the task's own source"
    chance_is: ClassVar[str] = "Always the class that scores best, told from 400 trials; for values a constant."
    ideal_is: ClassVar[str] = "Has the ground truth; what the inputs alone allow is not known."

    id: Annotated[str, Field(max_length=100, description="Its id in NeuroGym.")] = "PerceptualDecisionMaking-v0"
    settings: Annotated[
        str, Field(max_length=2000, description='Its parameters as JSON, such as {"timing": {"delay": 500}}.')
    ] = ""

    def _environment(self, dt_ms: float) -> Any:
        """A fresh environment. Raises Invalid with one sentence if there is none."""
        return _environment(self.id, self.settings, dt_ms)

    def _probe(self) -> "_Batch":
        return _probe(self.id, self.settings)

    @property
    def loss(self) -> Literal["cross_entropy", "mse"]:  # type: ignore[override]
        return "cross_entropy" if self._probe().classes else "mse"

    @property
    def input_names(self) -> tuple[str, ...]:
        space = self._environment(PROBE_DT_MS).observation_space
        return _names(space, int(np.prod(space.shape)), "observation")

    @property
    def output_names(self) -> tuple[str, ...]:
        space = self._environment(PROBE_DT_MS).action_space
        return _names(space, int(space.n) if self._probe().classes else int(np.prod(space.shape)), "action")

    @property
    def variables(self) -> tuple[Variable, ...]:
        own = tuple(Variable(name, "linear") for name in self._probe().conditions)
        answer = Variable("answer", "categorical", labels=self.output_names)
        return (answer, *own) if self._probe().classes else own

    @property
    def chance(self) -> float:
        probe = self._probe()
        if not probe.classes:
            return 0.0
        owed = _owed(probe.targets, probe.scored, int(probe.targets.max()) + 1).any(1).double()
        return (owed / owed.sum(1, keepdim=True)).mean(0).max().item()

    @property
    def accuracy_is(self) -> str:
        if self._probe().classes:
            return (
                "Share of steps at which the class owed has the largest output; all classes of a trial weigh the same."
            )
        return "Share of a trial's variance over time that is explained, at least 0."

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        batch = _Batch.of(self._environment(dt_ms), n, int(torch.randint(2**31, (), generator=rng)))
        nothing = torch.full((n,), torch.nan)
        conditions = {name: batch.conditions.get(name, nothing) for name in self._probe().conditions}
        if batch.classes:
            conditions = {"answer": batch.answers, **conditions}
        epochs = Epochs(dt_ms, {"trial": slice(0, batch.inputs.shape[1])})
        return Trials(batch.inputs, batch.targets, batch.scored, epochs, conditions, {})

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        if trials.targets.is_floating_point():
            return explained_over_time(outputs, trials)
        owed = _owed(trials.targets, trials.scored, outputs.shape[-1]).to(outputs.dtype)
        said = one_hot(outputs.nan_to_num(-torch.inf).argmax(-1), outputs.shape[-1]) * owed
        known = ~outputs.isnan().any(-1, keepdim=True)
        per_class = (said * known).sum(-2) / owed.sum(1).clamp(min=1)
        right = per_class.sum(-1) / owed.any(1).sum(-1)
        return torch.where((outputs == 0).all(-1).all(-1), self.chance, right)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        if trials.targets.is_floating_point():
            return trials.targets
        return one_hot(trials.targets, len(self.output_names)).float()


class _Batch:
    """Trials of an environment, padded to the longest."""

    def __init__(self, seen: list[np.ndarray], owed: list[np.ndarray], told: list[dict[str, Any]]):
        n, steps = len(seen), max(map(len, seen))
        self.classes = owed[0].ndim == 1 and owed[0].dtype.kind in "iu"
        self.inputs = torch.zeros(n, steps, seen[0][0].size)
        width = () if self.classes else (owed[0][0].size,)
        self.targets = torch.zeros(n, steps, *width, dtype=torch.long if self.classes else torch.float32)
        self.scored = torch.zeros(n, steps, dtype=torch.bool)
        for i, (inputs, targets) in enumerate(zip(seen, owed, strict=True)):
            length = len(inputs)
            self.inputs[i, :length] = torch.from_numpy(inputs.reshape(length, -1).astype(np.float32))
            self.targets[i, :length] = torch.from_numpy(targets.reshape(length, *width)).to(self.targets.dtype)
            self.scored[i, :length] = True
        self.answers: Int[Tensor, " trials"] = torch.tensor([_last_answer(t) if self.classes else 0 for t in owed])
        names = [k for k, v in told[0].items() if isinstance(v, bool | int | float | np.bool_ | np.number)]
        whole = [k for k in names if all(np.isscalar(each.get(k)) and not isinstance(each[k], str) for each in told)]
        self.conditions = {k: torch.tensor([float(each[k]) for each in told]) + 0.0 for k in sorted(whole)}

    @classmethod
    def of(cls, environment: Any, n: int, seed: int) -> "_Batch":
        """`n` trials from a seed."""
        environment.seed(seed)
        seen, owed, told = [], [], []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            environment.reset()
            for _ in range(n):
                told.append(dict(environment.new_trial() or {}))
                seen.append(np.array(environment.ob))
                owed.append(np.array(environment.gt))
        return cls(seen, owed, told)


def _environment(name: str, settings: str, dt_ms: float) -> Any:
    if find_spec("neurogym") is None:
        raise Invalid('NeuroGym is not installed; get it by: pip install "connectarium[neurogym]".', "task.id")
    try:
        chosen = json.loads(settings or "{}")
    except ValueError as error:
        raise Invalid(f"The settings are not JSON: {error}.", "task.settings") from None
    if not isinstance(chosen, dict):
        raise Invalid('The settings must be an object, such as {"timing": {"delay": 500}}.', "task.settings")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            known = importlib.import_module("neurogym.envs.registration")
        except ImportError as error:
            raise Invalid(f"NeuroGym is installed but cannot be imported: {error}.", "task.id") from error
        if name not in known.ALL_EXTENDED_ENVS:
            raise Invalid(f"NeuroGym has no task '{name}'.{near(name, known.ALL_EXTENDED_ENVS)}", "task.id")
        try:
            environment = known.make(name, dt=dt_ms, **chosen).unwrapped
            environment.seed(0)
            environment.reset()
        except Exception as error:  # of a foreign package
            raise Invalid(f"NeuroGym cannot make '{name}': {type(error).__name__}: {error}.", "task.id") from error
    if getattr(environment, "gt", None) is None or getattr(environment, "ob", None) is None:
        said = f"The NeuroGym task '{name}' has no ground truth to learn from (it is for reinforcement learning)"
        raise Invalid(f"{said}; choose another.", "task.id")
    return environment


def _owed(targets: Int[Tensor, "trials steps"], scored: Tensor, classes: int) -> Bool[Tensor, "trials steps classes"]:
    """The scored steps at which each class is owed."""
    return one_hot(targets, classes).bool() & scored[..., None]


def _last_answer(targets: np.ndarray) -> int:
    """The last class that is not fixation (0), if any."""
    return int(targets[targets > 0][-1]) if (targets > 0).any() else 0


@lru_cache(maxsize=32)
def _probe(name: str, settings: str) -> _Batch:
    return _Batch.of(_environment(name, settings, PROBE_DT_MS), PROBES, stream_seed(0, name) % 2**31)


def _names(space: Any, count: int, what: str) -> tuple[str, ...]:
    """The names that a space gives to its channels."""
    names = [f"{what} {i + 1}" for i in range(count)]
    for name, where in (getattr(space, "name", None) or {}).items():
        indices = [int(i) for i in np.atleast_1d(np.asarray(list(where) if isinstance(where, range) else where))]
        for k, i in enumerate(indices):
            names[i] = name if len(indices) == 1 else f"{name} {k + 1}"
    return tuple(names)
