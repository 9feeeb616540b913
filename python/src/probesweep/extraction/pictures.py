"""Pictures as models read them."""

import io
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from probesweep.extraction.backbone import UnreadableSample
from probesweep.writing import Array


def open_picture(content: bytes) -> Any:
    """A picture in red, green and blue; transparent parts are white. A damaged or cut-off one is an error."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # A file of a few bytes may claim to be gigapixels: Pillow warns of some and refuses others.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture: Any = Image.open(io.BytesIO(content))
            picture.load()
    except Exception as error:  # Pillow's decoders throw a dozen classes of errors
        raise UnreadableSample(f"is no picture that can be read ({error})") from None
    if picture.mode.startswith("I;16"):
        picture = eight_bits(picture)
    elif picture.mode in ("I", "F"):
        # Of these nothing says which number is white, and a conversion would cut them off at 0 and 255.
        raise UnreadableSample(f"has numbers of 32 bits for its pixels (mode {picture.mode}), of which none is known to be "
                               "white: save it with 8 or 16 bits")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        opaque = Image.new("RGBA", picture.size, "white")
        opaque.alpha_composite(picture.convert("RGBA"))
        picture = opaque
    return picture.convert("RGB")


def eight_bits(picture: Any) -> Any:
    """A grey picture of 16 bits with 8: 65535/255 = 257 of the one are 1 of the other. Transparent parts are white."""
    from PIL import Image

    values = np.asarray(picture).astype(np.uint32)
    if "transparency" in picture.info:
        values[values == picture.info["transparency"]] = 65535
    return Image.fromarray(((values + 128) // 257).astype(np.uint8))


def example_pictures() -> list[Any]:
    """Two pictures that differ everywhere."""
    from PIL import Image

    noise = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
    return [Image.fromarray(pixels).resize((512, 512)) for pixels in noise]


def pixels_of(transform: Callable[[Any], Any], picture: Any) -> Array:
    """float32 [3, H, W]."""
    return np.ascontiguousarray(np.asarray(transform(picture), np.float32))


def grid_of(pixels: Array, patch: Any, patches: int) -> tuple[int, int] | None:
    """Rows and columns of patch tokens, if patches of that size tile the picture."""
    if patch is None:
        return None
    height, width = (patch, patch) if isinstance(patch, int) else tuple(patch)[-2:]
    rows, columns = pixels.shape[-2] // height, pixels.shape[-1] // width
    return (rows, columns) if rows * columns == patches else None
