"""Makes small pictures in a process of its own, one after the other: sent files are anybody's, and Pillow is large.

The process takes the files of one request, and answers with those of which it made a picture.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from crm.processes import be_modest, begin, take_at_most

MODULE = "crm.pictures.in_subprocess"
SECONDS = 20
MEMORY = 700 * 1024 * 1024
MAX_PIXELS = 50_000_000
"""A phone's photo has 12 to 50 million; more is not unpacked."""
MAX_SIDE = 320
LOGO = "logo"
MAX_LOGO = (480, 160)
"""Pixels: sharp on a screen's bar, and 15 mm high on paper."""
MAX_LOGO_BYTES = 40_000
"""It stands on the first page that a browser asks for, and in each sheet."""
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP")
_turn = Lock()


def make_pictures(files: Iterable[tuple[Path, Path]]) -> list[Path]:
    """(the file, its picture) → the files of which there is a picture now. What cannot be drawn has none."""
    return _run_process([(str(file), str(picture), "") for file, picture in files])


def make_logo(file: Path, picture: Path) -> bool:
    """A small PNG of a firm's picture; False for what cannot be drawn."""
    return bool(_run_process([(str(file), str(picture), LOGO)]))


def _run_process(files: Sequence[tuple[str, str, str]]) -> list[Path]:
    question = json.dumps(files)
    with _turn, begin(MODULE) as process:
        try:
            answer, _errors = process.communicate(question.encode(), timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return []
        except BaseException:
            process.kill()
            raise
    return [Path(file) for file in json.loads(answer)] if process.returncode == 0 and answer else []


def draw(file: Path, picture: Path) -> bool:
    """A small JPEG, the right way up, without what the camera wrote into the photo (where it was taken)."""
    return _save_picture(file, picture, _save_small)


def draw_logo(file: Path, picture: Path) -> bool:
    """Transparent parts stay transparent; the file's other data (camera, place) is dropped."""
    return _save_picture(file, picture, _save_logo)


def _save_picture(file: Path, picture: Path, save: Callable[[Any, Path], None]) -> bool:
    """Whether the picture of the file could be opened and saved so."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(file, formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                return False
            save(image, picture)
    except Exception:  # whatever is wrong with a sent file: it has no picture then
        picture.unlink(missing_ok=True)
        return False
    return True


def _save_small(image: Any, picture: Path) -> None:
    from PIL import Image, ImageOps

    image.draft("RGB", (2 * MAX_SIDE, 2 * MAX_SIDE))
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((MAX_SIDE, MAX_SIDE))
    small = Image.new("RGB", upright.size, "white")
    opaque = upright.convert("RGBA")
    small.paste(opaque, mask=opaque.getchannel("A"))
    small.save(picture, "JPEG", quality=80)


def _save_logo(image: Any, picture: Path) -> None:
    """Smaller in steps until it is light: fewer colours first, then fewer pixels."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(image).convert("RGBA")
    canvas = Image.new("RGBA", upright.size)
    canvas.paste(upright)
    for width, height, colours in ((*MAX_LOGO, 0), (*MAX_LOGO, 255), (320, 96, 255), (240, 64, 127), (160, 48, 63)):
        small = canvas.copy()
        small.thumbnail((width, height))
        if colours:
            small = small.quantize(colours, Image.Quantize.FASTOCTREE)
        small.save(picture, "PNG", optimize=True)
        if picture.stat().st_size <= MAX_LOGO_BYTES:
            break


def main(arguments: Sequence[str] = ()) -> None:
    be_modest(MEMORY)
    take_at_most(SECONDS)
    requests = json.load(sys.stdin.buffer)
    drawn_files = [
        file for file, picture, kind in requests if (draw_logo if kind == LOGO else draw)(Path(file), Path(picture))
    ]
    sys.stdout.write(json.dumps(drawn_files))


if __name__ == "__main__":
    main()
