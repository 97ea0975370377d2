"""A matrix that is drawn upon: blocks and units are painted, boxed, lassoed or chosen, with the wheel to zoom."""

import param
from panel.custom import JSComponent

from app import look

STYLE = """
:host { display: block; width: 100%; height: 100%; min-height: 0; }
.wrap { position: relative; width: 100%; height: 100%; overflow: hidden; }
canvas { position: absolute; inset: 0; display: block; touch-action: none; outline: none; }
canvas:focus-visible { outline: 2px solid #0877bd; outline-offset: -2px; }
.wrap { color: #8a8f98; font-size: 11px; }
"""

CODE = """
const LEFT = 86, TOP = 64;
export function render({ model, view, el }) {
  const wrap = document.createElement('div'); wrap.className = 'wrap';
  const canvas = document.createElement('canvas'); canvas.tabIndex = 0; canvas.setAttribute('role', 'img');
  canvas.setAttribute('aria-label', 'Connection matrix to draw on: rows receive, columns send');
  wrap.append(canvas);
  const ctx = canvas.getContext('2d'), picture = new Image();
  let width = 0, height = 0, x0 = 0, y0 = 0, k = 1, drag = null, pending = null, over = null, told = 0;
  let acts = [], last = 0;
  // Tools are read where they are chosen, in the page: by way of the server they would come too late for a quick hand.
  const found = {}, all = () => [...view.model.document?.all_models ?? []];
  const tool = (name) => found[name] ??= all().find((made) => made.tags.includes(model.tools + ' ' + name))?.data;
  const mode = () => model.modes[tool('mode')?.active ?? 0], brush = () => tool('brush')?.value || 1;
  const by_type = () => (tool('by')?.active ?? 0) === 1, cells = () => by_type() ? model.groups : model.areas;
  const side = () => Math.max(60, Math.min(width - LEFT - 4, height - TOP - 4));
  const fit = () => { x0 = y0 = 0; k = side() / Math.max(1, model.n); };
  const held = () => {
    const room = side() / k, most = Math.max(0, model.n - room);
    x0 = Math.min(Math.max(0, x0), most); y0 = Math.min(Math.max(0, y0), most);
  };
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    const x = (event.clientX - box.left - LEFT) / k + x0, y = (event.clientY - box.top - TOP) / k + y0;
    return [x, y];
  };
  const inside = ([x, y]) => x >= 0 && y >= 0 && x < model.n && y < model.n;
  const cut = (v) => Math.min(model.n, Math.max(0, v));
  const group = (place) => cells().findIndex((g) => place >= g.start && place < g.stop);
  const px = (x) => LEFT + (x - x0) * k, py = (y) => TOP + (y - y0) * k;
  const act = (done) => {  // what was done stays in the list until it is answered, so that a busy server misses none
    last = Math.max(last + 1, Date.now());
    acts = [...acts.filter((one) => one.count > model.settled).slice(-50), {...done, count: last}];
    model.acts = acts;
  };
  const band = (x, y, w, h) => ctx.rect(px(x), py(y), w * k, h * k);

  const shape = (g, alpha) => {  // what a gesture covers
    ctx.beginPath();
    if (g.mode === 'blocks') {
      const [a, b] = [g.pre, g.post].map(([from, to]) => [Math.min(from, to), Math.max(from, to)]);
      const of = g.by_type ? model.groups : model.areas, x = of[a[0]].start, y = of[b[0]].start;
      band(x, y, of[a[1]].stop - x, of[b[1]].stop - y);
    } else if (g.mode === 'brush') {
      const r = g.brush, half = Math.floor(r / 2);
      for (const [x, y] of g.path) band(x - half, y - half, r, r);
    } else if (g.mode === 'lasso') {
      g.path.forEach(([x, y], i) => ctx[i ? 'lineTo' : 'moveTo'](px(x), py(y))); ctx.closePath();
    } else if (g.mode === 'units') {
      const [a, b] = g.span; band(a, 0, b - a, model.n); band(0, a, model.n, b - a);
    } else if (g.box) band(g.box[0], g.box[1], g.box[2] - g.box[0], g.box[3] - g.box[1]);
    const hue = g.erase ? '213,94,0' : '8,119,189';
    ctx.fillStyle = `rgba(${hue},${alpha})`; ctx.fill();
    if (g.mode !== 'brush') { ctx.strokeStyle = `rgba(${hue},.9)`; ctx.lineWidth = 1.5; ctx.stroke(); }
  };
  const label = (text, x, y, room, turned) => {
    if (room < 9) return;
    ctx.save(); ctx.translate(x, y); if (turned) ctx.rotate(-Math.PI / 4);
    ctx.fillText(text.length > 13 ? text.slice(0, 12) + '…' : text, 0, 0); ctx.restore();
  };
  const draw = () => {
    const scale = window.devicePixelRatio || 1, s = side();
    canvas.width = width * scale; canvas.height = height * scale;
    canvas.style.width = width + 'px'; canvas.style.height = height + 'px';
    ctx.setTransform(scale, 0, 0, scale, 0, 0); ctx.clearRect(0, 0, width, height);
    canvas.dataset.mode = mode();
    if (!model.n) return;
    ctx.save(); ctx.beginPath(); ctx.rect(LEFT, TOP, s, s); ctx.clip();
    ctx.imageSmoothingEnabled = false;
    if (picture.complete && picture.naturalWidth) ctx.drawImage(picture, px(0), py(0), model.n * k, model.n * k);
    ctx.lineWidth = 1;
    for (const g of model.groups.slice(1)) {
      ctx.strokeStyle = g.first ? 'rgba(138,143,152,.85)' : 'rgba(138,143,152,.3)';
      ctx.beginPath(); ctx.moveTo(px(g.start), TOP); ctx.lineTo(px(g.start), TOP + s);
      ctx.moveTo(LEFT, py(g.start)); ctx.lineTo(LEFT + s, py(g.start)); ctx.stroke();
    }
    if (mode() === 'units') for (const [a, b] of model.marks) shape({mode: 'units', span: [a, b]}, 0.14);
    if (model.region.mode === mode()) shape(model.region, 0.18);
    if (pending) shape(pending, 0.3);
    if (drag && drag.gesture) shape(drag.gesture, 0.3);
    else if (over && mode() === 'blocks') {
      const [x, y] = over.map(group), by = by_type();
      if (x >= 0 && y >= 0) shape({mode: 'blocks', by_type: by, pre: [x, x], post: [y, y]}, 0.06);
    } else if (over && mode() === 'brush') shape({mode: 'brush', brush: brush(), path: [over.map(Math.floor)]}, 0.35);
    ctx.restore();
    ctx.strokeStyle = 'rgba(138,143,152,.6)'; ctx.strokeRect(LEFT, TOP, s, s);
    ctx.fillStyle = '#8a8f98'; ctx.font = '11px FONT'; ctx.textBaseline = 'middle';
    const visible = (g, o) => [Math.max(g.start, o), Math.min(g.stop, o + s / k)];
    let last = -99;  // turned names need 16 pixels each, or they touch
    for (const g of model.areas) {
      const [c0, c1] = visible(g, x0), [r0, r1] = visible(g, y0), middle = px((c0 + c1) / 2);
      ctx.textAlign = 'left';
      if (middle - last >= 16 && (c1 - c0) * k >= 9) { label(g.name, middle, TOP - 12, 9, true); last = middle; }
      ctx.textAlign = 'right'; label(g.name, LEFT - 12, py((r0 + r1) / 2), (r1 - r0) * k, false);
      ctx.fillStyle = g.colour;
      if (r1 > r0) ctx.fillRect(LEFT - 7, py(r0), 4, (r1 - r0) * k);
      if (c1 > c0) ctx.fillRect(px(c0), TOP - 7, (c1 - c0) * k, 4);
      ctx.fillStyle = '#8a8f98';
    }
    ctx.textAlign = 'left'; ctx.fillText('from →', 2, TOP - 12); ctx.fillText('to ↓', 2, TOP + 4);
  };
  const begun = (event) => {
    const [x, y] = at(event), erase = event.shiftKey;
    if (event.button !== 0 || event.altKey || mode() === 'look') return {pan: [x, y]};
    if (!inside([x, y])) return null;
    const cell = [Math.floor(x), Math.floor(y)], g = {mode: mode(), erase};
    if (g.mode === 'blocks') { g.by_type = by_type(); g.pre = [group(x), group(x)]; g.post = [group(y), group(y)]; }
    if (g.mode === 'brush') { g.brush = brush(); g.path = [cell]; }
    if (g.mode === 'lasso') g.path = [[x, y]];
    if (g.mode === 'box') g.box = [cell[0], cell[1], cell[0] + 1, cell[1] + 1];
    if (g.mode === 'units') g.span = [cell[0], cell[0] + 1];
    return {gesture: g, from: [x, y]};
  };
  const moved = (event) => {
    const [x, y] = at(event).map(cut), g = drag.gesture, cell = [x, y].map((v) => Math.min(model.n - 1, Math.floor(v)));
    if (drag.pan) {
      const [a, b] = at(event); x0 += drag.pan[0] - a; y0 += drag.pan[1] - b; held();
    } else if (g.mode === 'blocks') { g.pre[1] = group(cell[0]); g.post[1] = group(cell[1]); }
    else if (g.mode === 'brush') {
      g.brush = brush();  // a number that was being typed is there by now
      const [a, b] = g.path.at(-1), steps = Math.max(Math.abs(cell[0] - a), Math.abs(cell[1] - b));
      const stride = Math.max(1, Math.floor(g.brush / 2));
      for (let i = stride; i <= steps; i += stride)
        g.path.push([Math.round(a + (cell[0] - a) * i / steps), Math.round(b + (cell[1] - b) * i / steps)]);
    } else if (g.mode === 'lasso') g.path.push([x, y]);
    else {
      const [a, b] = drag.from.map(Math.floor);
      const [l, r] = [Math.min(a, cell[0]), Math.max(a, cell[0]) + 1];
      if (g.mode === 'units') g.span = [l, r];
      else g.box = [l, Math.min(b, cell[1]), r, Math.max(b, cell[1]) + 1];
    }
  };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.focus({preventScroll: true}); drag = begun(event);
    if (drag) canvas.setPointerCapture(event.pointerId); event.preventDefault(); draw();
  });
  canvas.addEventListener('pointermove', (event) => {
    const place = at(event); over = inside(place) ? place : null;
    if (drag) moved(event);
    canvas.style.cursor = drag && drag.pan ? 'grabbing' : mode() === 'look' ? 'grab' : 'crosshair';
    const now = performance.now();
    if (over && now - told > 60) { told = now; model.hovered = over.map(Math.floor); }
    draw();
  });
  canvas.addEventListener('pointerup', () => {
    const g = drag && drag.gesture; drag = null;
    if (g) { pending = g; act(g); }
    draw();
  });
  canvas.addEventListener('pointerleave', () => { over = null; draw(); });
  canvas.addEventListener('contextmenu', (event) => event.preventDefault());
  canvas.addEventListener('wheel', (event) => {
    event.preventDefault();
    const [x, y] = at(event), least = side() / Math.max(1, model.n), next = k * Math.exp(-event.deltaY / 400);
    k = Math.min(Math.max(next, least), 40);
    const [a, b] = at(event); x0 += x - a; y0 += y - b; held(); draw();
  }, {passive: false});
  const key = (event) => {
    if (!canvas.isConnected || !canvas.getClientRects().length) return;
    const typing = event.composedPath()[0].matches?.('input:not([type=range]), textarea');
    if (event.key === 'Escape' && drag) { drag = null; draw(); event.stopImmediatePropagation(); return; }
    if (typing || !(event.ctrlKey || event.metaKey)) return;
    const what = {z: event.shiftKey ? 'redo' : 'undo', y: 'redo'}[event.key.toLowerCase()];
    if (what) { event.preventDefault(); act({mode: what}); }
  };
  window.addEventListener('keydown', key, true);
  const watcher = new ResizeObserver(() => {
    const fitted = Math.abs(k - side() / Math.max(1, model.n)) < 1e-9;
    width = wrap.clientWidth; height = wrap.clientHeight; if (fitted || !k) fit(); else held(); draw();
  });
  watcher.observe(wrap);
  picture.onload = () => { pending = null; draw(); };
  model.on('picture', () => { picture.src = model.picture; });
  model.on('n', () => { fit(); draw(); });
  model.on('fitted', () => { fit(); draw(); });
  model.on('settled', () => { if (model.settled >= last) pending = null; draw(); });
  for (const name of ['groups', 'areas', 'marks', 'region']) model.on(name, draw);
  for (const name of ['mode', 'by']) if (tool(name)) view.connect(tool(name).properties.active.change, draw);
  model.on('remove', () => { window.removeEventListener('keydown', key, true); watcher.disconnect(); });
  fit(); if (model.picture) picture.src = model.picture;
  return wrap;
}
"""


class WiringCanvas(JSComponent):
    """The matrix, and what was last drawn upon it. Places count from the top left in the order shown, (pre, post)."""

    picture = param.String(default="", doc="Data address of the matrix, one pixel for each pair.")
    n = param.Integer(default=0)
    groups = param.List(default=[], doc="Blocks along either axis: start, stop, first (of its area).")
    areas = param.List(default=[], doc="Areas along either axis: start, stop, name, colour.")
    tools = param.String(
        default="", doc="How the tags of the widgets begin that end in mode, by (areas or blocks) and brush."
    )
    modes = param.List(default=[], doc="What the options of `mode` are called in a gesture.")
    marks = param.List(default=[], doc="Spans of chosen units.")
    region = param.Dict(default={}, doc="The box or lasso that is chosen.")
    fitted = param.Integer(default=0, doc="Counts how often the whole was asked for.")
    settled = param.Integer(default=0, doc="The count of the last act whose result is on show.")
    acts = param.List(
        default=[],
        doc="""What was done and is not answered yet: with which tool (mode, by_type, brush), where,
        whether it erases; or undo or redo, by key. Their `count` grows.""",
    )
    hovered = param.List(default=[], doc="The pair under the pointer, (pre, post).")

    _stylesheets = [STYLE, look.IN_THE_DARK]
    _esm = CODE.replace("FONT", look.FONT.replace("'", ""))
