"""The course of a training as a line of stages, each as long as its steps."""

from typing import Any

import param
from panel.custom import JSComponent

from app import look
from app.control import words
from app.views.loss_numbers import stage_now
from engine.training.stage import AnyStage, ReadoutStage

POINTS = 60  # of the curve of a learning rate

CODE = """
export function render({ model }) {
  const root = document.createElement('div'); root.className = 'line';
  const made = (tag, name, text) => {
    const found = document.createElement(tag); found.className = name; found.textContent = text ?? ''; return found;
  };
  const drawn = (stage) => {
    const space = 'http://www.w3.org/2000/svg', svg = document.createElementNS(space, 'svg');
    svg.setAttribute('viewBox', '0 0 100 30'); svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('aria-hidden', 'true');
    const path = (name, d) => {
      const line = document.createElementNS(space, 'path');
      line.setAttribute('class', name); line.setAttribute('d', d);
      line.setAttribute('vector-effect', 'non-scaling-stroke');
      svg.append(line);
    };
    if (stage.curve.length) path('rate', 'M' + stage.curve.map(([x, y]) => `${100 * x} ${28 - 26 * y}`).join('L'));
    for (const x of stage.prunes) path('cut', `M${100 * x} 0V30`);
    if (stage.done > 0 && stage.done < 1) path('at', `M${100 * stage.done} 0V30`);
    return svg;
  };
  const draw = () => {
    root.replaceChildren(...model.stages.map((stage, index) => {
      const bar = made('button', 'bar' + (stage.now ? ' now' : '') + (stage.wrong ? ' wrong' : ''));
      bar.style.flex = `${stage.steps} 1 0`; bar.title = stage.tip;
      bar.setAttribute('aria-label', stage.tip);
      if (stage.now) bar.setAttribute('aria-current', 'step');
      const wash = made('span', 'wash'); wash.style.width = `${100 * stage.done}%`;
      bar.append(wash, made('span', 'name', stage.name), drawn(stage), made('span', 'facts', stage.facts));
      bar.onclick = () => model.send_msg(index);
      return bar;
    }));
  };
  model.on('stages', draw);
  draw();
  return root;
}
"""

STYLE = """
.line { display: flex; gap: 2px; width: 100%; height: 74px; }
.bar { all: unset; box-sizing: border-box; position: relative; min-width: 20px; overflow: hidden; cursor: pointer;
  display: flex; flex-direction: column; padding: 3px 5px; border-radius: 4px; background: rgba(138, 143, 152, .14);
  border-top: 2px solid rgba(138, 143, 152, .5); }
.bar:hover { background: rgba(8, 119, 189, .12); }
.bar:focus-visible { outline: 2px solid #0877bd; outline-offset: -2px; }
.bar.now { border-top-color: #0877bd; }
.bar.wrong { border-top-color: #d64545; }
.wash { position: absolute; inset: 0 auto 0 0; background: rgba(8, 119, 189, .16); pointer-events: none; }
.name, .facts { position: relative; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; line-height: 1.3; }
.name { font-size: 12px; font-weight: 500; }
.bar.now .name::before { content: '▸ '; color: #0877bd; }
.facts { font-size: 11px; color: #8a8f98; }
svg { position: relative; flex: 1; width: 100%; min-height: 0; overflow: visible; }
path { fill: none; stroke-width: 1.4px; }
.rate { stroke: #0877bd; }
.cut { stroke: #f28e1c; stroke-dasharray: 2 2; }
.at { stroke: currentColor; stroke-width: 1px; }
"""


class TimeLine(JSComponent):
    """Stages as bars to scale, with the learning rate (blue), the rounds of pruning (orange) and what is done (shaded).

    A click on a bar reaches `heard(index)`.
    """

    stages = param.List(default=[])

    _esm = CODE
    _stylesheets = [STYLE]

    def __init__(self, heard: Any, **options: Any):
        super().__init__(**options)
        self._heard = heard

    def _handle_msg(self, message: Any) -> None:
        self._heard(int(message))


def time_line(heard: Any) -> TimeLine:
    """A line as wide as its column."""
    return TimeLine(heard, sizing_mode="stretch_width", height=76, margin=(4, 4), styles={"font-family": look.FONT})


def bars(course: tuple[AnyStage, ...], done: tuple[float, ...], wrong: tuple[int, ...]) -> list[dict[str, Any]]:
    """What the line shows; `done` is the part of every stage that was trained, negative before it began."""
    highest = max((s.optimiser.learning_rate for s in course if not isinstance(s, ReadoutStage)), default=1.0)
    shown = []
    for index, (stage, part) in enumerate(zip(course, done, strict=True)):
        name = stage.name or (f"{index + 1}" if len(course) > 1 else "All of it")
        shown.append(
            {
                "name": name, "steps": stage.steps, "facts": facts(stage), "tip": f"{name}: {told(stage)}",
                "curve": _curve(stage, highest), "prunes": _rounds(stage),
                "done": max(0.0, part), "now": 0 <= part < 1, "wrong": index in wrong,
            }
        )  # fmt: skip
    return shown


def trained(course: tuple[AnyStage, ...], sight: Any, asked: Any) -> tuple[float, ...]:
    """The part of every stage that the run on show has made; -1 for those to come, and for all of another course."""
    if sight is None or asked is None or asked.training.course != course or not len(sight.history.step):
        return (-1.0,) * len(course)
    now, stages = stage_now(sight.history, asked), sight.history.stages
    begun = max(0, stages[-1][0] - 1) if stages else 0
    part = min(1.0, (sight.step - begun) / course[now].steps)
    state = sight.status.state if sight.status else ""
    return (*(1.0,) * now, 1.0 if state == "done" else part, *(-1.0,) * (len(course) - now - 1))


def facts(stage: AnyStage) -> str:
    """What a bar says under its name."""
    if isinstance(stage, ReadoutStage):
        return "ridge"
    cuts = "".join(f" · ✂ {look.percent(p.density)}" for p in stage.prune)
    return f"{look.counted(stage.steps, 'step')}{cuts}"


def told(stage: AnyStage) -> str:
    """All that sets a stage apart, in one line."""
    is_readout = isinstance(stage, ReadoutStage)
    parts = [f"{look.counted(stage.trials, 'trial')}, readout by ridge regression"] if is_readout else _descent(stage)
    parts += [f"prunes {p.matrix} to {look.percent(p.density)} ({words(p.method).lower()})" for p in stage.prune]
    parts += [f"frozen: {', '.join(stage.freeze)}"] if getattr(stage, "freeze", ()) else []
    parts += [f"Dale's law {stage.dales_law}"] if stage.dales_law != "as_set" else []
    parts += [f"mask {stage.connection_mask}"] if stage.connection_mask != "as_set" else []
    return ", ".join(parts)


def _descent(stage: Any) -> list[str]:
    own = [f"lowers {look.counted(len(stage.objectives), 'objective')} of its own"] if stage.lowers == "own" else []
    rate = f"{type(stage.optimiser).title} {look.number(stage.optimiser.learning_rate)}"
    schedule = type(stage.schedule).title.lower()
    return [look.counted(stage.steps, "step"), rate, *([] if schedule == "constant" else [f"rate: {schedule}"]), *own]


def _curve(stage: AnyStage, highest: float) -> list[list[float]]:
    """The learning rate over the stage, as shares of the highest of all."""
    if isinstance(stage, ReadoutStage):
        return []
    share = stage.optimiser.learning_rate / highest
    places = sorted({round(k * (stage.steps - 1) / POINTS) for k in range(POINTS + 1)})
    at = [[place / max(1, stage.steps - 1), share * stage.schedule.factor(place, stage.steps)] for place in places]
    return at if len(at) > 1 else [[0.0, share], [1.0, share]]


def _rounds(stage: AnyStage) -> list[float]:
    return [min(1.0, turn * p.every / stage.steps) for p in stage.prune for turn in range(min(p.rounds, 100))]
