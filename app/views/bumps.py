"""Bumps in the browser: rings, rasters and angles that move at the velocity that is held, and takes of it."""

import param
from panel.custom import JSComponent

LONGEST, MOST_TAKES = 4000, 40  # steps of a take, takes

CODE = """
export function render({ model }) {
  const TURN = 2 * Math.PI, SPAN = 240, root = document.createElement('div'); root.className = 'bumps';
  const made = (tag, name, text) => {
    const part = document.createElement(tag); part.className = name; part.textContent = text ?? ''; return part;
  };
  const numbers = (text) => text ? new Float32Array(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer) : null;
  const tools = made('div', 'tools'), play = made('button', 'play', 'Pause'), again = made('button', 'play', 'At rest');
  const speed = document.createElement('input');
  Object.assign(speed, { type: 'range', min: -6, max: 6, step: .1, value: 1.5 });
  speed.setAttribute('aria-label', 'Velocity in radians per second');
  const walk = document.createElement('input'); walk.type = 'checkbox';
  const label = made('label', 'walk'), told = made('span', 'told'); label.append(walk, ' Random walk');
  const record = made('button', 'play record', 'Record'), forget = made('button', 'play', 'Forget');
  const taken = made('span', 'taken'); taken.setAttribute('role', 'status');
  tools.append(play, again, made('span', '', 'Velocity'), speed, told, label, record, forget, taken);
  const row = made('div', 'row'), trace = document.createElement('canvas'); trace.className = 'trace';
  trace.setAttribute('role', 'img'); trace.setAttribute('aria-label', 'Angle of every bump over time');
  const key = made('div', 'key');
  root.append(tools, row, key, trace);

  let nets = [], heading = 0, headings = [], playing = true, kick = 0, frame = 0, last = 0, zero = 0;
  const gauss = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(TURN * Math.random());
  const angleOf = (rates, n) => {
    let x = 0, y = 0;
    for (let i = 0; i < n; i++) { x += rates[i] * Math.cos(TURN * i / n); y += rates[i] * Math.sin(TURN * i / n); }
    return Math.atan2(y, x);
  };
  const wrapped = (a) => a - TURN * Math.round(a / TURN);
  let take = null;
  const seconds = (steps) => `${(steps * (nets[0]?.dt ?? 0) / 1000).toFixed(1)} s`;
  const tellTakes = () => {
    const kept = model.takes.length, one = model.takes.reduce((sum, text) => sum + numbers(text).length, 0);
    const full = !take && kept >= model.most;
    taken.textContent = take ? `recording ${seconds(take.length)}`
      : (kept ? `${kept} ${kept === 1 ? 'take' : 'takes'}, ${seconds(one)}` : '')
        + (full ? '; no more are kept: save them as a recording, then forget them to record anew.' : '');
    record.textContent = take ? 'Stop' : 'Record'; record.classList.toggle('on', !!take); forget.hidden = !kept;
    record.disabled = full;
  };
  const endTake = () => {
    if (take?.length) {
      model.takes = [...model.takes, btoa(String.fromCharCode(...new Uint8Array(new Float32Array(take).buffer)))];
    }
    take = null; tellTakes();
  };
  const reset = () => {
    heading = 0; headings = []; kick = 0;
    for (const net of nets) {
      net.held = Float64Array.from(net.first); net.rates = ratesOf(net, net.held);
      net.begun = angleOf(net.rates, net.shown); net.angles = []; net.past = [];
    }
  };
  const ratesOf = (net, held) => net.leaks === 'activity' ? Float64Array.from(held, v => Math.max(v, 0))
    : Float64Array.from(held, v => Math.max(Math.tanh(v), 0));
  const step = (net, v) => {
    const n = net.held.length, before = net.leaks === 'activity' ? net.held : net.rates, next = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      let drive = net.into[i] * v + net.bias[i], gate = 0; const at = i * n;
      for (let j = 0; j < n; j++) if (before[j]) drive += net.weights[at + j] * before[j];
      if (net.gated) { for (let j = 0; j < n; j++) gate += net.gated[at + j] * before[j]; drive += v * gate; }
      next[i] = net.leaks === 'activity'
        ? (1 - net.leak) * net.held[i] + net.leak * Math.max(Math.tanh(drive), 0)
        : (1 - net.leak) * net.held[i] + net.leak * drive;
    }
    net.held = next; net.rates = ratesOf(net, next);
    net.angles.push(-wrapped(angleOf(net.rates, net.shown) - net.begun));
    net.past.push(net.rates.slice(0, net.shown));
    if (net.past.length > SPAN) { net.past.shift(); net.angles.shift(); }
  };
  const sharp = (canvas) => {
    const ratio = window.devicePixelRatio || 1, w = canvas.clientWidth, h = canvas.clientHeight;
    if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) {
      canvas.width = Math.round(w * ratio); canvas.height = Math.round(h * ratio);
    }
    const ctx = canvas.getContext('2d'); ctx.setTransform(ratio, 0, 0, ratio, 0, 0); ctx.clearRect(0, 0, w, h);
    return [ctx, w, h];
  };
  const needle = (ctx, c, r, angle, dash) => {
    ctx.beginPath(); ctx.setLineDash(dash); ctx.moveTo(c, c);
    ctx.lineTo(c + r * Math.cos(angle), c - r * Math.sin(angle)); ctx.stroke(); ctx.setLineDash([]);
  };
  const drawRing = (net, ink) => {
    const [ctx, w] = sharp(net.ring), c = w / 2, inner = .55 * c, room = .4 * c, n = net.shown;
    ctx.strokeStyle = '#8a8f98'; ctx.lineWidth = 1; ctx.beginPath(); ctx.arc(c, c, inner, 0, TURN); ctx.stroke();
    ctx.strokeStyle = net.colour; ctx.lineWidth = Math.max(1.5, TURN * inner / n - 1);
    for (let i = 0; i < n; i++) {
      const a = net.begun - TURN * i / n, r = inner + room * net.rates[i];
      ctx.beginPath(); ctx.moveTo(c + inner * Math.cos(a), c - inner * Math.sin(a));
      ctx.lineTo(c + r * Math.cos(a), c - r * Math.sin(a)); ctx.stroke();
    }
    ctx.lineWidth = 1.5; ctx.strokeStyle = ink; needle(ctx, c, inner, heading, [4, 3]);
    ctx.lineWidth = 2.5; ctx.strokeStyle = net.colour;
    needle(ctx, c, inner, net.angles.length ? net.angles[net.angles.length - 1] : 0, []);
  };
  const drawRaster = (net) => {
    const [ctx, w, h] = sharp(net.raster), n = net.shown, dx = w / SPAN, dy = h / n;
    ctx.fillStyle = net.colour;
    net.past.forEach((rates, k) => {
      for (let i = 0; i < n; i++) if (rates[i] > .02) {
        ctx.globalAlpha = Math.min(1, rates[i]); ctx.fillRect(k * dx, i * dy, dx + .6, dy + .6);
      }
    });
    ctx.globalAlpha = 1;
  };
  const drawTrace = (ink) => {
    const [ctx, w, h] = sharp(trace), y = (a) => h / 2 - wrapped(a) * (h - 8) / TURN, x = (k) => k * w / SPAN;
    ctx.strokeStyle = '#8a8f9866'; ctx.lineWidth = 1; ctx.strokeRect(.5, .5, w - 1, h - 1);
    const line = (angles, colour, width, dash) => {
      ctx.strokeStyle = colour; ctx.lineWidth = width; ctx.setLineDash(dash); ctx.beginPath();
      angles.forEach((a, k) => {
        const jump = k === 0 || Math.abs(wrapped(a) - wrapped(angles[k - 1])) > Math.PI;
        jump ? ctx.moveTo(x(k), y(a)) : ctx.lineTo(x(k), y(a));
      });
      ctx.stroke(); ctx.setLineDash([]);
    };
    for (const net of nets) line(net.angles, net.colour, 1.8, []);
    line(headings, ink, 1.3, [5, 4]);
  };
  const draw = () => {
    const ink = getComputedStyle(root).color;
    for (const net of nets) {
      drawRing(net, ink); drawRaster(net);
      const off = net.angles.length ? Math.abs(wrapped(net.angles[net.angles.length - 1] - heading)) : 0;
      net.said.textContent = `off by ${off.toFixed(2)} rad`;
    }
    drawTrace(ink);
  };
  const tick = (now) => {
    frame = requestAnimationFrame(tick);
    if (!playing || !nets.length || document.hidden || !root.clientWidth || now - last < nets[0].dt * .95) return;
    last = now;
    kick = .8 * kick + 1.2 * gauss();
    const v = walk.checked ? kick : Number(speed.value);
    heading += v * nets[0].dt / 1000; headings.push(heading); if (headings.length > SPAN) headings.shift();
    for (const net of nets) step(net, v);
    if (take) { take.push(v); if (take.length >= model.longest) endTake(); else tellTakes(); }
    told.textContent = `${v < 0 ? '−' : ''}${Math.abs(v).toFixed(1)} rad/s`;
    draw();
  };
  const begin = () => {
    nets = model.nets.map((told) => {
      const net = { ...told, ...Object.fromEntries(['weights', 'gated', 'into', 'bias', 'first'].map(
        (name) => [name, numbers(told[name])])) };
      const part = made('div', 'part'); net.ring = document.createElement('canvas'); net.ring.className = 'ring';
      net.raster = document.createElement('canvas'); net.raster.className = 'raster'; net.said = made('span', 'off');
      net.ring.setAttribute('role', 'img'); net.raster.setAttribute('role', 'img');
      net.ring.setAttribute('aria-label', `${told.name}: rates around the ring`);
      net.raster.setAttribute('aria-label', `${told.name}: rates of all units over time`);
      const head = made('div', 'head', told.name); head.style.color = told.colour; head.append(net.said);
      part.append(head, net.ring, net.raster); net.part = part; return net;
    });
    row.replaceChildren(...nets.map((net) => net.part));
    key.textContent = 'Angle over the last six seconds: colours as above; dashed: the true heading.';
    take = null; model.takes = []; tellTakes(); reset();
  };
  play.onclick = () => { playing = !playing; play.textContent = playing ? 'Pause' : 'Play'; };
  again.onclick = () => { endTake(); reset(); draw(); };
  record.onclick = () => {
    if (take) return endTake();
    if (!nets.length) return;
    reset(); take = []; playing = true; play.textContent = 'Pause'; tellTakes();
  };
  forget.onclick = () => { model.takes = []; };
  model.on('takes', tellTakes);
  model.on('nets', begin); begin();
  frame = requestAnimationFrame(tick);
  model.on('remove', () => cancelAnimationFrame(frame));
  return root;
}
"""

STYLE = """
.bumps { color: var(--mui-palette-text-primary, #1c2733); font-size: 13px; }
.tools { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; margin: 2px 0 8px; }
input[type=range] { width: min(320px, 40vw); accent-color: #0877bd; }
.told { width: 86px; font-variant-numeric: tabular-nums; }
.play { font: inherit; color: var(--mui-palette-primary-main, #0877bd); background: none; padding: 3px 12px;
  border: 1px solid currentColor; border-radius: 6px; cursor: pointer; min-width: 66px; }
.play:disabled { color: #8a8f98; cursor: default; }
.play:hover:enabled { background: rgba(8,119,189,.1); }
.play:focus-visible, input:focus-visible { outline: 2px solid #0877bd; outline-offset: 1px; }
.record.on { color: #d64545; }
.taken { color: #8a8f98; font-size: 12px; font-variant-numeric: tabular-nums; }
[hidden] { display: none; }
.row { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 12px; }
.part { display: flex; flex-direction: column; align-items: center; filter: var(--mui-palette-chart-filter, none); }
.head { font-weight: 500; align-self: stretch; display: flex; justify-content: space-between; gap: 8px; }
.off { color: #8a8f98; font-weight: 400; font-size: 12px; font-variant-numeric: tabular-nums; white-space: nowrap; }
.ring { width: 190px; height: 190px; }
.raster { width: 100%; height: 90px; border: 1px solid rgba(138,143,152,.4); box-sizing: border-box; }
.key { color: #8a8f98; font-size: 12px; margin: 8px 0 3px; }
.trace { width: 100%; height: 110px; filter: var(--mui-palette-chart-filter, none); }
"""


class Bumps(JSComponent):
    """Rings, rasters and angles that move in the browser; `nets` are the networks, their numbers as base64.

    `takes` are the velocities that were held while they were recorded, each from rest.
    """

    nets = param.List(default=[])
    takes = param.List(default=[])
    longest = param.Integer(default=LONGEST, doc="Steps of a take.")
    most = param.Integer(default=MOST_TAKES)

    _esm = CODE
    _stylesheets = [STYLE]
