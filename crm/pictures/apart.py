"""Makes small pictures in a process of its own, one after the other: sent files are anybody's, and Pillow is large.

The process takes the files of one request, and answers with those of which it made a picture.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock

from crm.processes import be_modest, begin, take_at_most

MODULE = "crm.pictures.apart"
SECONDS = 20
MEMORY = 700 * 1024 * 1024
MOST_PIXELS = 50_000_000
"""A phone's photo has 12 to 50 million; more is not unpacked."""
LONGEST_SIDE = 320
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP")
_turn = Lock()


def make_pictures(files: Iterable[tuple[Path, Path]]) -> list[Path]:
    """(the file, its picture) → the files of which there is a picture now. What cannot be drawn has none."""
    question = json.dumps([[str(file), str(picture)] for file, picture in files])
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
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(file, formats=FORMATS) as found:
            if found.width * found.height > MOST_PIXELS:
                return False
            found.draft("RGB", (2 * LONGEST_SIDE, 2 * LONGEST_SIDE))
            upright = ImageOps.exif_transpose(found)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            small = Image.new("RGB", upright.size, "white")
            seen = upright.convert("RGBA")
            small.paste(seen, mask=seen.getchannel("A"))
            small.save(picture, "JPEG", quality=80)
    except Exception:  # whatever is wrong with a sent file: it has no picture then
        picture.unlink(missing_ok=True)
        return False
    return True


def main(arguments: Sequence[str] = ()) -> None:
    be_modest(MEMORY)
    take_at_most(SECONDS)
    asked = json.load(sys.stdin.buffer)
    made = [file for file, picture in asked if draw(Path(file), Path(picture))]
    sys.stdout.write(json.dumps(made))


if __name__ == "__main__":
    main()
