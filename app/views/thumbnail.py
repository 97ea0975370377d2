"""A matrix as a small transparent PNG, in the colours of everything signed."""

import base64
import io

import numpy as np
from PIL import Image

from app import look
from app.views.matrix import strongest

SIDE = 104  # twice the size on the card, for sharp screens


def thumbnail(weights: np.ndarray, side: int = SIDE) -> str:
    """A data address of the picture of `weights[post, pre]`; strong connections saturate."""
    small = np.nan_to_num(strongest(weights.astype(float), -(-len(weights) // side)))
    strong = np.abs(small[small != 0])
    extent = float(np.quantile(strong, 0.9)) if strong.size else 1.0
    level = np.clip(np.abs(small) / (extent or 1.0), 0, 1) ** 0.5
    picture = np.zeros((*small.shape, 4), np.uint8)
    for sign, colour in ((1, look.POSITIVE), (-1, look.NEGATIVE)):
        here = np.sign(small) == sign
        picture[here, :3] = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    picture[..., 3] = np.round(255 * level)
    file = io.BytesIO()
    Image.fromarray(picture, "RGBA").save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
