"""A population of recurrent networks that share a connectome, its laws and the trials, each with weights of its own."""

from collections.abc import Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.constraints.constraints import MATRICES, Constraints
from engine.constraints.law import Law
from engine.networks.activity import Activity, Motion, Noise, Weights, drawn_noise
from engine.networks.biases import initial_biases
from engine.networks.dynamics import Dynamics
from engine.networks.initial_weights import InitialWeights
from engine.networks.kernels import Kernel, choose
from engine.networks.kernels.scratch import Scratch


class Network(nn.Module):
    """Input, recurrent and readout weights under their laws, and the one time loop.

    The parameters are free; what the dynamics read, what is saved and what is shown are the lawful weights `W_in`,
    `W_rec` and `W_out` made from them. Call `after_step` after every optimiser step.
    """

    def __init__(
        self,
        connectome: Connectome,
        constraints: Constraints,
        weights: InitialWeights,
        dynamics: Dynamics,
        task_inputs: int,
        task_outputs: int,
        dt_ms: float,
        seed: int,
        networks: int = 1,
        dtype: torch.dtype = torch.float32,
    ):
        """Raises Invalid where the connectome lacks what a law needs, or the time step does not fit the dynamics."""
        super().__init__()
        self.connectome, self.dynamics, self.dt_ms = connectome, dynamics, dt_ms
        self.time_constants = dynamics.time_constants(connectome, dt_ms, networks)
        self.rate_function = dynamics.rate_function(connectome)
        bound = constraints.bind(connectome)
        self._laws = nn.ModuleDict(bound)
        drawn = [weights.draw(connectome, bound, task_inputs, task_outputs, seed, k) for k in range(networks)]
        for matrix in MATRICES:
            free = bound[matrix].free(torch.stack([w[matrix] for w in drawn]))
            self.register_parameter(f"free_{matrix}", nn.Parameter(free.to(dtype)))
        biases = initial_biases(dynamics, connectome.n, task_outputs, seed, networks)
        self.bias = nn.Parameter(biases[0], dynamics.bias == "learned")
        self.bias_out = nn.Parameter(biases[1], dynamics.readout_bias == "learned")
        learns_start = dynamics.initial_state == "learned"
        self.initial_state = nn.Parameter(torch.zeros(networks, connectome.n)) if learns_start else None
        self._scratch = Scratch()
        self.to(dtype)

    @property
    def laws(self) -> Mapping[str, Law]:
        """The law of each of "W_in", "W_rec" and "W_out"."""
        return dict(self._laws.items())  # type: ignore[arg-type]

    @property
    def networks(self) -> int:
        """The size of the population."""
        return self.bias.shape[0]

    @property
    def W_in(self) -> Float[Tensor, "networks units inputs"]:
        """The lawful input weights."""
        return self._lawful("W_in")

    @property
    def W_rec(self) -> Float[Tensor, "networks units units"]:
        """The lawful recurrent weights."""
        return self._lawful("W_rec")

    @property
    def W_out(self) -> Float[Tensor, "networks outputs units"]:
        """The lawful readout weights."""
        return self._lawful("W_out")

    def forward(
        self,
        inputs: Float[Tensor, "trials steps inputs"],
        noise_seed: int | None = None,
        step: int = 0,
        kernel: Kernel = "auto",
        keep_states: bool = False,
        initial_states: Float[Tensor, "networks trials units"] | None = None,
    ) -> Activity:
        """What every network does on every trial; states before the first step are 0 or learned unless given.

        Noise is off unless `noise_seed` is given; with one it depends on the network's index and on `step` only.
        """
        trials, steps, _ = inputs.shape
        shape = (self.networks, steps, trials, self.connectome.n)
        weights = Weights(self.W_in, self.W_rec, self.W_out, self.bias, self.bias_out)
        motion = Motion(self.time_constants.leak(), self.rate_function)
        noise = (
            Noise()
            if noise_seed is None
            else drawn_noise(self.dynamics, motion.leak, shape, self.bias, noise_seed, step)
        )
        if initial_states is None:
            start = self.bias.new_zeros(self.bias.shape) if self.initial_state is None else self.initial_state
            initial_states = start[:, None].expand(-1, trials, -1)
        run = choose(kernel, self.bias)
        inputs, initial_states = inputs.to(self.bias), initial_states.to(self.bias)
        return run(weights, inputs, motion, noise, initial_states, keep_states, self._scratch)

    def after_step(self) -> None:
        """Restore every law in place; to be called after each optimiser step."""
        for matrix, law in self._laws.items():
            law.after_step(getattr(self, f"free_{matrix}"))

    @torch.no_grad()
    def lawful_weights(self) -> dict[str, Tensor]:
        """All weights and biases as they are saved and shown: lawful, contiguous copies on the CPU."""
        tensors = {matrix: self._lawful(matrix) for matrix in MATRICES} | {"bias": self.bias, "bias_out": self.bias_out}
        return {
            name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format) for name, tensor in tensors.items()
        }

    @torch.no_grad()
    def load_lawful(self, tensors: Mapping[str, Tensor]) -> None:
        """Take over saved weights. Invalid if one is missing, misshapen or against its law; nothing is repaired."""
        for name in (*MATRICES, "bias", "bias_out"):
            self._check_loaded(name, tensors)
        for matrix, law in self.laws.items():
            free = getattr(self, f"free_{matrix}")
            free.copy_(law.free(tensors[matrix].to(free)))
        self.bias.copy_(tensors["bias"])
        self.bias_out.copy_(tensors["bias_out"])

    @torch.no_grad()
    def violations_by_matrix(self) -> dict[str, Int[Tensor, " networks"]]:
        """How many weights of each matrix and network break their law."""
        return {m: law.violations(law.audited(getattr(self, f"free_{m}"))).cpu() for m, law in self.laws.items()}

    def violations(self) -> Int[Tensor, " networks"]:
        """How many weights of each network break a law."""
        return torch.stack(list(self.violations_by_matrix().values())).sum(0)

    def _lawful(self, matrix: str) -> Tensor:
        return self._laws[matrix].lawful(getattr(self, f"free_{matrix}"))

    def _check_loaded(self, name: str, tensors: Mapping[str, Tensor]) -> None:
        expected = tuple(getattr(self, f"free_{name}" if name in MATRICES else name).shape)
        if name not in tensors:
            raise Invalid(f"The saved weights lack '{name}'.")
        if tuple(tensors[name].shape) != expected:
            raise Invalid(f"The saved '{name}' is {tuple(tensors[name].shape)}, but this network needs {expected}.")
        if name in MATRICES:
            law = self.laws[name]
            broken = int(law.violations(tensors[name].to(law.low)).sum())
            if broken:
                raise Invalid(
                    f"{broken} of the saved weights '{name}' break a law of this network; "
                    "check its connectome and constraints."
                )
