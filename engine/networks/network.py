"""A population of recurrent networks that share a connectome, its laws and the trials, each with weights of its own."""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from engine.connectomes.connectome import Connectome
from engine.constraints.constraints import Constraints
from engine.constraints.law import Law
from engine.constraints.low_rank import LowRank
from engine.constraints.terms import MATRICES, WEIGHTS
from engine.networks.activity import Activity, Motion, Noise, Weights, drawn_noise
from engine.networks.biases import initial_biases
from engine.networks.dynamics import Dynamics
from engine.networks.gate import Gate, gating_channels, lawful_gate, require_gateable
from engine.networks.initial_weights import InitialWeights
from engine.networks.kernels import Kernel, choose
from engine.networks.kernels.scratch import Scratch
from engine.networks.loading import laws_of_saved, require_loadable
from engine.networks.rate_function import states_of


class Network(nn.Module):
    """Input, recurrent and readout weights and biases under their laws, and the one time loop.

    The parameters are free; what the dynamics read, what is saved and what is shown are the lawful weights `W_in`,
    `W_rec` and `W_out` made from them. Let `step` make every optimiser step.
    """

    def __init__(
        self,
        connectome: Connectome,
        constraints: Constraints,
        weights: InitialWeights,
        dynamics: Dynamics,
        task_inputs: int | Sequence[str],
        task_outputs: int | Sequence[str],
        dt_ms: float,
        seed: int,
        networks: int = 1,
        dtype: torch.dtype = torch.float32,
        wiring_seed: int = 0,
    ):
        """Inputs and outputs of the task by name, or how many there are; `wiring_seed` draws random projections.

        Raises Invalid where the connectome lacks what a law needs, or the time step does not fit the dynamics.
        """
        super().__init__()
        self.connectome, self.constraints, self.dynamics, self.dt_ms = connectome, constraints, dynamics, dt_ms
        self.time_constants = dynamics.time_constants(connectome, dt_ms, networks)
        self.rate_function = dynamics.rate_function(connectome)
        inputs, outputs = _names(task_inputs), _names(task_outputs)
        self._bearer = connectome, inputs, outputs, wiring_seed
        bound = self.laws_of(constraints)
        self._laws, self._at_first = nn.ModuleDict(bound), dict[str, Tensor]()
        drawn = [weights.draw(connectome, bound, len(inputs), len(outputs), seed, k) for k in range(networks)]
        for matrix in WEIGHTS:
            start = torch.stack([w[matrix] for w in drawn])
            self.register_parameter(f"free_{matrix}", nn.Parameter(bound[matrix].free(start).to(dtype)))
        biases = initial_biases(dynamics, connectome.n, len(outputs), seed, networks)
        self.bias = nn.Parameter(bound["bias"].folded(biases[0]), dynamics.bias == "learned")
        self.bias_out = nn.Parameter(bound["bias_out"].folded(biases[1]), dynamics.readout_bias == "learned")
        learns_start = dynamics.initial_state == "learned"
        self.initial_state = nn.Parameter(torch.zeros(networks, connectome.n)) if learns_start else None
        self._gates = gating_channels(dynamics.gated_by, inputs)
        gates = torch.zeros(networks, len(self._gates), connectome.n, connectome.n) if self._gates else None
        self.free_W_gate = None if gates is None else nn.Parameter(gates)
        self._scratch = Scratch()
        self.to(dtype)
        self.hold()

    @property
    def laws(self) -> Mapping[str, Law]:
        """The law of each of "W_in", "W_rec", "W_out", "bias" and "bias_out"."""
        return dict(self._laws.items())  # type: ignore[arg-type]

    @property
    def networks(self) -> int:
        """The size of the population."""
        return self.bias.shape[0]

    @property
    def W_in(self) -> Float[Tensor, "networks units inputs"]:
        """The lawful input weights."""
        return self._laws["W_in"].lawful(self.free_W_in)

    @property
    def W_rec(self) -> Float[Tensor, "networks units units"]:
        """The lawful recurrent weights."""
        return self._laws["W_rec"].lawful(self.free_W_rec)

    @property
    def W_out(self) -> Float[Tensor, "networks outputs units"]:
        """The lawful readout weights."""
        return self._laws["W_out"].lawful(self.free_W_out)

    @property
    def W_gate(self) -> Float[Tensor, "networks gates units units"] | None:
        """Recurrent weights that inputs multiply, if some do; lawful, too."""
        return None if self.free_W_gate is None else lawful_gate(self.free_W_gate, self.laws["W_rec"])

    def forward(
        self,
        inputs: Float[Tensor, "*networks trials steps inputs"],
        noise_seed: int | None = None,
        step: int = 0,
        kernel: Kernel = "auto",
        keep_states: bool = False,
        initial_states: Float[Tensor, "networks trials units"] | None = None,
        initial_rates: Float[Tensor, "trials known"] | None = None,
    ) -> Activity:
        """What every network does on every trial; states before the first step are 0 or learned unless given.

        All networks see the same trials, or each its own where inputs have the population axis. `initial_rates` give
        those of the first units. Noise is off unless `noise_seed` is given; with one it depends on the network's index
        and on `step` only.
        """
        trials, steps, _ = inputs.shape[-3:]
        shape = (self.networks, steps, trials, self.connectome.n)
        weights = Weights(*(self._laws[name](self._free(name)) for name in MATRICES))
        motion = Motion(self.time_constants.leak(), self.rate_function, self._gate(), self._areas())
        noise = (
            Noise()
            if noise_seed is None
            else drawn_noise(self.dynamics, motion.leak, shape, self.bias, noise_seed, step)
        )
        if initial_states is None:
            initial_states = self.first_states(trials, initial_rates)
            if self.dynamics.initial_state == "carried" and initial_rates is None:
                initial_states = self._ended(inputs, noise_seed, step, kernel, initial_states).roll(1, 1)
        run = choose(kernel, self.bias, self.dynamics)
        inputs, initial_states = inputs.to(self.bias), initial_states.to(self.bias)
        return run(weights, inputs, motion, noise, initial_states, keep_states, self._scratch)

    def first_states(
        self, trials: int, rates: Float[Tensor, "trials known"] | None = None
    ) -> Float[Tensor, "networks trials units"]:
        """States before the first step: 0 or learned, but for the first units such that they have the rates given."""
        start = self.bias.new_zeros(self.bias.shape) if self.initial_state is None else self.initial_state
        states = start[:, None].expand(-1, trials, -1)
        return states if rates is None else states_of(rates, states, self.rate_function)

    @torch.no_grad()
    def _ended(
        self, inputs: Tensor, noise_seed: int | None, step: int, kernel: Kernel, first: Tensor
    ) -> Float[Tensor, "networks trials units"]:
        """The states with which every trial ends that begins with the first ones."""
        return self(inputs, noise_seed, step, kernel, keep_states=True, initial_states=first).states[:, :, -1]

    def _gate(self) -> Gate | None:
        weights = self.W_gate
        return None if weights is None else Gate(torch.tensor(self._gates, device=weights.device), weights)

    def _areas(self) -> tuple[Tensor, ...]:
        """The units of every area, where areas hear each other within a step."""
        if self.dynamics.between_areas == "delayed":
            return ()
        areas = self.connectome.areas
        members = ([i for i, area in enumerate(areas) if area == name] for name in self.connectome.area_names)
        return tuple(torch.tensor(units, device=self.bias.device) for units in members)

    def step(self, optimiser: torch.optim.Optimizer) -> None:
        """One step of the optimiser, as long as plasticity allows, after which every law holds again.

        Plasticity scales the update itself, so it means the same under any optimiser.
        """
        before = {
            name: self._free(name).detach().clone() for name, law in self.laws.items() if law.plasticity is not None
        }
        optimiser.step()
        for name, old in before.items():
            self.laws[name].slow(self._free(name), old)
        self.after_step()

    def after_step(self) -> None:
        """Restore every law in place; for optimiser steps that `step` does not make, where all plasticity is 1."""
        for name, law in self.laws.items():
            law.after_step(self._free(name))

    def laws_of(self, constraints: Constraints) -> dict[str, Law]:
        """What these constraints would lay down for this network. Raises Invalid where something is lacking."""
        laws = constraints.bind(*self._bearer)
        if self.dynamics.gated_by:
            require_gateable(laws["W_rec"])
        return laws

    @torch.no_grad()
    def constrain(self, laws: Mapping[str, Law], at_first: bool = False) -> None:
        """From now on these laws hold: weights that they forbid move to the nearest lawful value, all others stay.

        `at_first`: they are those with which the network begins, not what training changed.
        """
        for name, new in laws.items():
            old, free = self.laws[name], self._free(name)
            self._at_first.setdefault(name, old.allowed.cpu())
            if at_first:
                self._at_first[name] = new.allowed.cpu()
            law = new.to(free)
            wanted = law.clamped(old.lawful(free))
            made = law.free(wanted)
            if not isinstance(law, LowRank):  # parameters that make these weights stay, frozen ones bit for bit
                made = torch.where(law.audited(free) == wanted, free, made)
            free.copy_(made)
            self._laws[name] = law
            law.hold(free)

    @torch.no_grad()
    def lawful_weights(self) -> dict[str, Tensor]:
        """All that was learned, as it is saved and shown: lawful, contiguous copies on the CPU.

        Learned time constants are `tau_ms` and learned states before the first step `initial_state`, by unit; recurrent
        weights that inputs multiply are `W_gate`, `[networks, gates, post, pre]`. Where
        training changed a law (by pruning, for instance), `allowed.W_rec` tells which signs it allows now.
        """
        tensors = {name: law.lawful(self._free(name)).detach() for name, law in self.laws.items()} | self._besides()
        tensors |= {f"allowed.{name}": codes for name, codes in self._allowed_now().items()}
        return {name: tensor.cpu().clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()}

    @torch.no_grad()
    def load_lawful(self, tensors: Mapping[str, Tensor]) -> None:
        """Take over saved weights. Invalid if one is missing, misshapen or against its law; nothing is repaired."""
        besides = self._besides()
        for name, law in laws_of_saved(tensors, self.laws, self._shapes()).items():
            self.constrain({name: law})
        require_loadable(tensors, self._shapes() | {name: tuple(old.shape) for name, old in besides.items()}, self.laws)
        if "tau_ms" in besides:
            self.time_constants.load(tensors["tau_ms"])
        if self.initial_state is not None:
            self.initial_state.copy_(tensors["initial_state"])
        if self.free_W_gate is not None:
            self.free_W_gate.copy_(tensors["W_gate"])
        for name, law in self.laws.items():
            free = self._free(name)
            free.copy_(law.free(tensors[name].to(free)))
        self.hold()

    @torch.no_grad()
    def violations_by_matrix(self) -> dict[str, Int[Tensor, " networks"]]:
        """How many weights of each matrix, or biases, break their law in each network, or moved though frozen."""
        return {name: law.counted(self._free(name)).cpu() for name, law in self.laws.items()}

    def violations(self) -> Int[Tensor, " networks"]:
        """How many weights of each network break a law."""
        return torch.stack(list(self.violations_by_matrix().values())).sum(0)

    def _free(self, name: str) -> Tensor:
        return getattr(self, f"free_{name}" if name in WEIGHTS else name)

    def hold(self) -> None:
        """From now on the ledger counts frozen synapses that are no longer as they are now."""
        for name, law in self.laws.items():
            law.hold(self._free(name))

    def _besides(self) -> dict[str, Tensor]:
        """What was learned besides weights and biases."""
        tau_ms = self.time_constants.tau_ms() if self.time_constants.is_learned else None
        found = {"tau_ms": tau_ms, "initial_state": self.initial_state, "W_gate": self.W_gate}
        return {name: tensor.detach() for name, tensor in found.items() if tensor is not None}

    def existing_now(self) -> dict[str, Bool[Tensor, "networks *weights"]]:
        """Which synapses exist, for every matrix whose law is not what it was at first."""
        return {name: codes.cpu() > 0 for name, codes in self._allowed_now().items()}

    def _allowed_now(self) -> dict[str, Tensor]:
        """The signs that laws allow now, `[networks, …]`, where these are not what they were at first."""
        now = {name: self.laws[name].allowed.expand(self._shapes()[name]) for name in self._at_first}
        return {name: codes for name, codes in now.items() if not bool((codes.cpu() == self._at_first[name]).all())}

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return {name: tuple(getattr(self, name).shape) for name in MATRICES}


def _names(channels: int | Sequence[str]) -> tuple[str, ...]:
    return tuple(map(str, range(channels))) if isinstance(channels, int) else tuple(channels)
