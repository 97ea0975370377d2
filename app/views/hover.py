"""What the pointer tells over a matrix: names of units by their place, and the weight under it on its own scale."""

NAME_JS = """
const place = Math.floor(value);
return place in units.data.name ? `${units.data.name[place]} (${units.data.kind[place]})` : '';
"""
WEIGHT_JS = """
const {log, extent, decades} = scale.data, {image, x, y, dw, dh} = picture.data;
const [rows, columns] = image[0].shape;
const row = Math.floor((special_vars.y - y[0]) / dh[0] * rows);
const column = Math.floor((special_vars.x - x[0]) / dw[0] * columns);
const shown = image[0][row * columns + column];
if (shown === undefined || Number.isNaN(shown)) return 'no connection';
const size = Math.abs(shown), steep = Math.pow(10, decades[0]) - 1;
const w = log[0] ? (Math.pow(10, size * decades[0]) - 1) / steep * extent[0] : size;
return (shown < 0 ? '−' : '') + w.toPrecision(3);
"""
