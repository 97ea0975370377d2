"""Wave prediction: two waves of one or two sinusoids each, to be said a step ahead."""

import math
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float, Int
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.randomness import torch_stream
from engine.tasks.conditions import angles, degrees
from engine.tasks.task import Epochs, Trials, white_noise
from engine.tasks.wave_ahead import WaveAhead
from engine.variable import Variable

AMPLITUDES = ((1.5, 0.5), (0.75, 1.875))  # of the two sinusoids of the excitatory and of the inhibitory wave


class WavePrediction(WaveAhead):
    """See an excitatory and an inhibitory wave and say at every step what both will be a little later.

    As written, the excitatory wave is 1.5 sin(k1 x) + 0.5 sin(k2 x) and the inhibitory one 0.75 sin(k3 x + phi) +
    1.875 sin(k4 x + phi), x = 2 pi t / period, with whole numbers k of 1..5 and phi = -4, -5 or -6 pi / 6; as executed
    in the published notebooks the second sinusoid of each is lost. Windows of the two waves begin at times of their
    own. The published waves have 500 samples per period and windows of 500: dt = 4 ms with 4 ms ahead; at dt = 20 ms
    our defaults show the same window in 100 steps. The published task draws one set of waves per run.
    """

    kind: Literal["wave_prediction"] = "wave_prediction"
    title: ClassVar[str] = "Wave reconstruction (one step ahead)"
    source: ClassVar[str] = "Balwani, Wang, Najafi & Choi (2025) Sci. Adv., doi 10.1126/sciadv.adw4970"
    chance_is: ClassVar[str] = "Who always says 0, the mean of both waves, explains none of their variance."
    memoryless_is: ClassVar[str] = (
        "Says the best multiple of the present samples (persistence times the autocorrelation of the waves)."
    )

    version: Annotated[
        Literal["as_written", "as_executed"],
        Field(description="Two sinusoids per wave, as written, or the first of each, as executed in the notebooks."),
    ] = "as_executed"
    waves: Annotated[
        Literal["one_set", "every_trial"], Field(description="The same waves in all trials, or new ones in each.")
    ] = "one_set"
    wave_seed: Annotated[int, Field(ge=0, lt=2**31, description="Chooses the one set of waves."), Typical(0, 20)] = 0
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="Noise of both inputs during the whole trial: spectral density in s^1/2."),
        Typical(0, 0.1, 0.001),
    ] = 0.0
    period_ms: Annotated[
        float, Field(gt=0, le=1e6, description="Period of a sinusoid with k = 1."), Typical(500, 10_000, 50)
    ] = 2000.0
    ahead_ms: Annotated[
        float, Field(gt=0, le=60_000, description="How far ahead the waves are owed."), Typical(4, 200, 4)
    ] = 20.0
    window_ms: Annotated[
        float, Field(gt=0, le=600_000, description="How long the waves are shown."), Typical(500, 10_000, 50)
    ] = 2000.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return "excitatory", "inhibitory"

    @property
    def output_names(self) -> tuple[str, ...]:
        return "later excitatory", "later inhibitory"

    @property
    def variables(self) -> tuple[Variable, ...]:
        return (
            Variable("excitatory_start", "circular", "°", 360.0),
            Variable("inhibitory_start", "circular", "°", 360.0),
        )

    @property
    def memoryless(self) -> float | None:
        if self.waves == "every_trial":
            return None
        x = torch.arange(1000, dtype=torch.float64)[None, :, None] * (2 * math.pi / 1000)
        now, later = (self._both(self._one_set(), x + a).squeeze(0) for a in (0.0, self._ahead))
        return ((now * later).sum(0).square() / now.square().sum(0)).sum().item() / later.square().sum().item()

    @property
    def accuracy_is(self) -> str:
        return "Variance of both waves that is explained: 1 - squared error / squared waves, and no less than 0."

    @property
    def _ahead(self) -> float:
        return 2 * math.pi * self.ahead_ms / self.period_ms

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        epochs = Epochs.of(dt_ms, window=self.window_ms)
        starts = torch.stack([angles(n, rng), angles(n, rng)], -1)
        drawn = _draw(n, rng) if self.waves == "every_trial" else self._one_set()
        x = starts[:, None] + torch.arange(epochs.steps)[:, None] * (2 * math.pi * dt_ms / self.period_ms)
        inputs = self._both(drawn, x) + white_noise((n, epochs.steps, 2), self.noise, dt_ms, rng)
        scored = torch.ones(n, epochs.steps, dtype=torch.bool)
        conditions = {f"{name}_start": degrees(starts[:, i]) for i, name in enumerate(self.input_names)}
        return Trials(inputs, self._both(drawn, x + self._ahead), scored, epochs, conditions, {})

    def _one_set(self) -> Int[Tensor, "1 5"]:
        return _draw(1, torch_stream(self.wave_seed, "waves"))

    def _both(
        self, drawn: Int[Tensor, "waves 5"], x: Float[Tensor, "trials steps any"]
    ) -> Float[Tensor, "trials steps 2"]:
        """Both waves at phases x of a sinusoid with k = 1."""
        sinusoids = 1 if self.version == "as_executed" else 2
        x, phi = x.expand(*x.shape[:2], 2), -math.pi / 6 * drawn[:, None, 4].to(x.dtype)
        waves = []
        for wave, sizes in enumerate(AMPLITUDES):
            each = zip(sizes[:sinusoids], drawn[:, 2 * wave : 2 * wave + sinusoids].T, strict=True)
            waves.append(sum(size * (k[:, None] * x[..., wave] + wave * phi).sin() for size, k in each))
        return torch.stack(waves, -1)


def _draw(n: int, rng: torch.Generator) -> Int[Tensor, "waves 5"]:
    """k1..k4 of 1..5, and 4, 5 or 6: the phase of the inhibitory wave in units of -pi / 6."""
    return torch.cat([torch.randint(1, 6, (n, 4), generator=rng), torch.randint(4, 7, (n, 1), generator=rng)], 1)
