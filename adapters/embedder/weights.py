"""Where the weights of all-MiniLM-L6-v2 are, and whether they are the genuine ones."""

import hashlib
from pathlib import Path

MODEL_FILE = "model.safetensors"
TOKENIZER_FILE = "tokenizer.json"
FOLDER = Path("models") / "all-MiniLM-L6-v2"
CHECKOUT_CACHE = Path(__file__).parents[2] / ".cache"
MODEL_SIZE_BYTES = 90_868_376
SHA256 = {
    MODEL_FILE: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    TOKENIZER_FILE: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


def find_weights(path: Path | None = None, *, home: Path | None = None) -> Path | None:
    """Return the folder that holds whole weights: the given one, or else one under home or this checkout.

    A file that is missing or too short (a broken download) counts as not there; the hash of the weights is checked on loading.
    """
    places = [path] if path is not None else []
    if home is not None:
        places.append(home / FOLDER)
    return next((place for place in [*places, CHECKOUT_CACHE / FOLDER] if _whole(place)), None)


def genuine(path: Path) -> bool:
    """Whether a file of the model is the one that was published (revision 1110a243); reads all of it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == SHA256[path.name]


def _whole(folder: Path) -> bool:
    model = folder / MODEL_FILE
    return model.is_file() and model.stat().st_size == MODEL_SIZE_BYTES and (folder / TOKENIZER_FILE).is_file()
