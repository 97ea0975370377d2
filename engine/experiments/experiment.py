"""An experiment: all the choices that make a run, and nothing that came of it."""

import base64
import binascii
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field

from engine.component import Component, Invalid, Typical
from engine.connectomes import AnyWiring, MeasuredWiring
from engine.connectomes.connectome import Connectome
from engine.constraints import Constraints
from engine.experiments.former import renewed
from engine.experiments.transfer import take_over
from engine.networks import AnyDynamics, AnyWeights, FromConnectome, FromRun, LeakyRate
from engine.networks.network import Network
from engine.randomness import numpy_stream
from engine.tasks import AnyTask, PerceptualDecision
from engine.training import Checkpoint, Progress, Training, train
from engine.training.apart import start_apart

LONGEST_LINK = 64_000  # characters; and a decoded experiment may be 1 MB

Seed = Annotated[int, Field(ge=0, lt=2**53)]


class Seeds(Component):
    """Separate seeds, so that one source of chance can change while the others stay."""

    wiring: Annotated[Seed, Field(description="Chance in the wiring: signs, generators.")] = 0
    weights: Annotated[Seed, Field(description="Initial weights; network k draws its own.")] = 0
    trials: Annotated[Seed, Field(description="Training and held-out trials.")] = 0
    noise: Annotated[Seed, Field(description="Noise inside the units.")] = 0
    networks: Annotated[
        int,
        Field(ge=1, le=256, description="Networks trained together that differ by initial weights."),
        Typical(1, 10),
    ] = 1


class Experiment(Component):
    """Wiring, laws, initial weights, dynamics, task, training, time step and seeds."""

    wiring: Annotated[AnyWiring, Field(discriminator="kind", description="Who connects to whom.")] = MeasuredWiring()
    constraints: Annotated[Constraints, Field(description="The laws that synapses obey.")] = Constraints()
    weights: Annotated[AnyWeights, Field(description="Weights before training.")] = FromConnectome()
    dynamics: Annotated[AnyDynamics, Field(description="How a unit moves.")] = LeakyRate()
    task: Annotated[AnyTask, Field(description="What the network must do.")] = PerceptualDecision()
    training: Annotated[Training, Field(description="How it learns.")] = Training()
    dt_ms: Annotated[float, Field(gt=0, le=1000, description="Time step of the simulation."), Typical(5, 50)] = 20.0
    seeds: Annotated[Seeds, Field(description="Sources of chance.")] = Seeds()

    def connectome(self) -> Connectome:
        """The wiring, drawn with its own seed."""
        return self.wiring.wire(numpy_stream(self.seeds.wiring, "wiring"))

    def network(self, connectome: Connectome | None = None, store: Path | str | None = None) -> Network:
        """The untrained population, under its laws; `store` is where a run lies whose weights it begins with."""
        task, weights = self.task, self.weights
        from_run = isinstance(weights, FromRun)
        network = Network(
            self.connectome() if connectome is None else connectome,
            self.constraints,
            FromRun() if from_run else weights,
            self.dynamics,
            task.input_names,
            task.output_names,
            self.dt_ms,
            self.seeds.weights,
            self.seeds.networks,
            wiring_seed=self.seeds.wiring,
        )
        if from_run:
            take_over(network, weights, store)
        start_apart(network, self.training.differences, None if from_run else weights, self.seeds.weights)
        return network

    def train(self, network: Network, checkpoint: Checkpoint | None = None) -> Iterator[Progress]:
        """Train that network; see `engine.training.train`."""
        return train(network, self.task, self.training, self.seeds.trials, self.seeds.noise, checkpoint)

    @classmethod
    def read(cls, content: Any) -> Self:
        """As of any component; what an earlier version wrote is read too."""
        if isinstance(content, (str, bytes)):
            try:
                content = json.loads(content)
            except (ValueError, RecursionError):
                return super().read(content)  # which says what is wrong with it
        return super().read(renewed(content))

    def to_link(self) -> str:
        """What differs from the defaults, short enough for a URL and safe in one."""
        text = json.dumps(self.changes(), separators=(",", ":"), sort_keys=True)
        return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")

    @classmethod
    def from_link(cls, link: str) -> Self:
        """The experiment of `to_link`. Raises Invalid with one sentence for anything else."""
        broken = Invalid("This link is damaged or was cut off; ask for it again or start from the defaults.")
        if len(link) > LONGEST_LINK:
            raise Invalid(f"This link has {len(link)} characters; ours have at most {LONGEST_LINK}.")
        try:
            unpacker = zlib.decompressobj()
            text = unpacker.decompress(base64.urlsafe_b64decode(link + "=" * (-len(link) % 4)), 1_000_000)
        except (ValueError, binascii.Error, zlib.error):
            raise broken from None
        if not unpacker.eof:
            raise broken
        return cls.read(text)
