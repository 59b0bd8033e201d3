"""all-MiniLM-L6-v2 without torch: the forward pass on numpy, its tokens by `tokenizers`."""

import asyncio
import json
import struct
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.embedder.weights import MODEL_FILE, TOKENIZER_FILE, genuine
from vigil_bot.errors import SettingsError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

LAYERS = 6
HEADS = 12
MAX_TOKENS = 64
BATCH = 8
_GELU_ROWS = 32
_ERFC = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
_MASKED = -1e9
_EPSILON = 1e-12


class MiniLMEmbedder:
    """Makes vectors of 384 numbers; good for English. The weights are read when the first text comes."""

    name = "minilm"
    languages = frozenset({"en"})

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._model: _Model | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="minilm")

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text, of unit length; the loop stays free meanwhile.

        Raises:
            SettingsError: If the weights cannot be read or are not the published ones.
        """
        if not texts:
            return []
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(self._embed, list(texts)))

    def _embed(self, texts: list[str]) -> list[list[float]]:
        if self._model is None:
            self._model = _load(self._folder)
        return self._model.embed(texts)


def _load(folder: Path) -> "_Model":
    for name in (MODEL_FILE, TOKENIZER_FILE):
        try:
            if genuine(folder / name):
                continue
        except OSError as error:
            raise SettingsError(f"The sentence model's {folder / name} cannot be read ({error.strerror}).") from error
        hint = "Delete the folder and run `scripts/run` to fetch it again, or set VIGIL_EMBEDDER=builtin."
        raise SettingsError(f"{folder / name} is not the published file.", hint=hint)
    return _Model(folder)


class _Model:
    def __init__(self, folder: Path) -> None:
        from threadpoolctl import (  # type: ignore[import-untyped]  # noqa: PLC0415 -- it looks for what is loaded
            ThreadpoolController,
        )
        from tokenizers import Tokenizer  # noqa: PLC0415 -- imported when the model is used

        self._weights = _tensors(folder / MODEL_FILE)
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self._threads = ThreadpoolController()

    def embed(self, texts: list[str]) -> list[list[float]]:
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]
        vectors: list[list[float]] = [[] for _ in texts]
        with self._threads.limit(
            limits=1, user_api="blas"
        ):  # the matrices are small: threads would only wait for each other
            for batch in _batches(tokens):
                for place, vector in zip(batch, self._forward([tokens[i] for i in batch]), strict=True):
                    vectors[place] = vector.tolist()
        return vectors

    def _forward(self, tokens: list[list[int]]) -> "Floats":
        import numpy as np  # noqa: PLC0415

        longest = max(map(len, tokens))
        ids = np.array([row + [0] * (longest - len(row)) for row in tokens])
        mask = np.array([[1.0] * len(row) + [0.0] * (longest - len(row)) for row in tokens], np.float32)
        weights = self._weights
        x = weights["embeddings.word_embeddings.weight"][ids]
        x = x + weights["embeddings.position_embeddings.weight"][:longest]
        x = self._normalized(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        bias = ((1 - mask) * np.float32(_MASKED))[:, None, None, :]
        for layer in range(LAYERS):
            x = self._layer(x, bias, f"encoder.layer.{layer}.")
        pooled = (x * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        unit: Floats = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return unit

    def _layer(self, x: "Floats", bias: "Floats", at: str) -> "Floats":
        attended = self._linear(self._attention(x, bias, f"{at}attention.self."), f"{at}attention.output.dense")
        x = self._normalized(x + attended, f"{at}attention.output.LayerNorm")
        hidden = _gelu(self._linear(x, f"{at}intermediate.dense"))
        return self._normalized(x + self._linear(hidden, f"{at}output.dense"), f"{at}output.LayerNorm")

    def _attention(self, x: "Floats", bias: "Floats", at: str) -> "Floats":
        import numpy as np  # noqa: PLC0415

        rows, length, width = x.shape
        query, key, value = (
            self._linear(x, at + part).reshape(rows, length, HEADS, width // HEADS).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) * np.float32((width // HEADS) ** -0.5)
        scores += bias
        scores -= scores.max(-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(-1, keepdims=True)
        attended: Floats = np.matmul(scores, value, dtype=np.float32)
        return attended.transpose(0, 2, 1, 3).reshape(rows, length, width)

    def _linear(self, x: "Floats", at: str) -> "Floats":
        y: Floats = x @ self._weights[at + ".weight"].T
        y += self._weights[at + ".bias"]
        return y

    def _normalized(self, x: "Floats", at: str) -> "Floats":
        import numpy as np  # noqa: PLC0415

        x = x - x.mean(-1, keepdims=True)
        deviation = np.sqrt((x * x).mean(-1, keepdims=True) + np.float32(_EPSILON))
        y: Floats = x / deviation * self._weights[at + ".weight"] + self._weights[at + ".bias"]
        return y


def _batches(tokens: list[list[int]]) -> Iterator[list[int]]:
    """Go through the places of texts, those of like length together, so that little is padded."""
    order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
    for start in range(0, len(order), BATCH):
        yield order[start : start + BATCH]


def _tensors(path: Path) -> dict[str, "Floats"]:
    """Map a safetensors file into memory: eight bytes of length, a JSON header, then the numbers."""
    import numpy as np  # noqa: PLC0415

    raw = np.memmap(path, mode="r", dtype=np.uint8)
    (length,) = struct.unpack("<Q", raw[:8].tobytes())
    header = json.loads(raw[8 : 8 + length].tobytes())
    data = raw[8 + length :]
    return {
        name: data[slice(*tensor["data_offsets"])].view(np.float32).reshape(tensor["shape"])
        for name, tensor in header.items()
        if name != "__metadata__" and tensor["dtype"] == "F32"
    }


def _gelu(x: "Floats") -> "Floats":
    """Return x times the normal distribution's probability below x, written over x, piece by piece in the CPU's cache."""
    rows = x.reshape(-1, x.shape[-1])
    for start in range(0, len(rows), _GELU_ROWS):
        piece = rows[start : start + _GELU_ROWS]
        piece *= _normal_cdf(piece)
    return x


def _normal_cdf(x: "Floats") -> "Floats":
    """Return the normal distribution's probability below x; erfc by Abramowitz and Stegun 7.1.26, within 1.5e-7."""
    import numpy as np  # noqa: PLC0415

    z = np.abs(x)
    t = z * np.float32(0.3275911 * 0.5**0.5)
    t += 1
    np.reciprocal(t, out=t)
    tail = t * np.float32(_ERFC[0])
    for coefficient in _ERFC[1:]:
        tail += np.float32(coefficient)
        tail *= t
    z *= z
    z *= np.float32(-0.5)
    tail *= np.exp(z, out=z)
    tail *= np.float32(0.5)
    return np.where(x < 0, tail, 1 - tail)
