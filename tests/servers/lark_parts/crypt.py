"""Encryption and signature of callbacks: open.feishu.cn/document/server-docs/event-subscription-guide (encrypt key)."""

import base64
import hashlib
import os

from Crypto.Cipher import AES


def encrypt(text: str, key: str) -> str:
    """AES-256-CBC with the SHA-256 of the key, PKCS #7, the initialisation vector in front, in base64."""
    data, iv = text.encode(), os.urandom(AES.block_size)
    pad = AES.block_size - len(data) % AES.block_size
    cipher = AES.new(hashlib.sha256(key.encode()).digest(), AES.MODE_CBC, iv)
    return base64.b64encode(iv + cipher.encrypt(data + bytes([pad]) * pad)).decode()


def signature(timestamp: str, nonce: str, key: str, body: bytes) -> str:
    """What X-Lark-Signature has."""
    return hashlib.sha256((timestamp + nonce + key).encode() + body).hexdigest()
