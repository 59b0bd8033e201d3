"""The frames of Lark's long connection, as bytes: lark_oapi/ws/pb/pbbp2_pb2.py without its 5 s of imports.

message Header { string key = 1; string value = 2; }
message Frame { uint64 SeqID = 1; uint64 LogID = 2; int32 service = 3; int32 method = 4; repeated Header headers = 5;
                string payload_encoding = 6; string payload_type = 7; bytes payload = 8; string LogIDNew = 9; }
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

CONTROL, DATA = 0, 1


@dataclass(slots=True, kw_only=True)
class Frame:
    method: int
    headers: dict[str, str] = field(default_factory=dict)
    payload: bytes = b""
    seq_id: int = 0
    log_id: int = 0
    service: int = 0


def encode(frame: Frame) -> bytes:
    numbers = ((1, frame.seq_id), (2, frame.log_id), (3, frame.service), (4, frame.method))
    parts = [_varint(number << 3) + _varint(value) for number, value in numbers]
    for key, value in frame.headers.items():
        parts.append(_bytes(5, _bytes(1, key.encode()) + _bytes(2, value.encode())))
    return b"".join([*parts, _bytes(8, frame.payload)])


def decode(data: bytes) -> Frame:
    """Raises ValueError if the bytes are no frame."""
    frame = Frame(method=-1)
    for number, value in _fields(data):
        match number, value:
            case 1, int():
                frame.seq_id = value
            case 2, int():
                frame.log_id = value
            case 3, int():
                frame.service = value
            case 4, int():
                frame.method = value
            case 5, bytes():
                pair = {key: part.decode() for key, part in _fields(value) if isinstance(part, bytes)}
                frame.headers[pair[1]] = pair[2]
            case 8, bytes():
                frame.payload = value
            case _:
                pass
    if frame.method not in (CONTROL, DATA):
        raise ValueError("a frame without a method")
    return frame


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _bytes(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data):
            raise ValueError("a frame that ends too early")
        byte = data[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return value, at


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        value, at = _read_varint(data, at)
        if tag & 7 == 0:
            yield tag >> 3, value
        elif tag & 7 == 2 and at + value <= len(data):
            yield tag >> 3, data[at : at + value]
            at += value
        else:
            raise ValueError("no frame of a long connection")
