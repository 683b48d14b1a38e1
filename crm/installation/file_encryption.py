"""A file encrypted with a password: AES-256-GCM in pieces, the key made by scrypt (備份密碼, D-3).

The file begins with a line of JSON (what it is, salt, costs, and facts that a list shows); it is authenticated with
every piece. Each piece says in its nonce which one it is and whether it is the last, so that none can be left out,
moved or added.
"""

import json
import os
import secrets
from base64 import b64decode, b64encode
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

MAGIC = "shuke-crm-encrypted"
PIECE = 1024 * 1024
TAG = 16
MAX_HEADER = 4096
COSTS = {"n": 2**15, "r": 8, "p": 1}


class WrongPassword(Exception):
    """The password is not the one it was encrypted with, or the file is damaged: the two cannot be told apart."""


class NotEncrypted(Exception):
    """The file is none of these."""


def encrypt(source: Path, target: Path, password: str, facts: dict[str, Any]) -> None:
    """`facts` stand readable at the file's beginning; they cannot be changed without its being noticed."""
    salt = secrets.token_bytes(16)
    header = _line({"magic": MAGIC, "salt": b64encode(salt).decode(), **COSTS, "facts": facts})
    cipher, bound = _cipher(password, salt, COSTS), sha256(header).digest()
    with source.open("rb") as from_, target.open("xb") as to:
        to.write(header)
        number, piece = 0, from_.read(PIECE)
        while True:
            following = from_.read(PIECE)
            to.write(cipher.encrypt(_nonce(number, not following), piece, bound))
            if not following:
                break
            number, piece = number + 1, following
        to.flush()
        os.fsync(to.fileno())


def decrypt(source: Path, target: Path, password: str) -> None:
    """Raises WrongPassword, NotEncrypted. What was written of `target` by then is to be thrown away."""
    from cryptography.exceptions import InvalidTag

    with source.open("rb") as from_, target.open("xb") as to:
        header, facts = _header(from_)
        cipher, bound = _cipher(password, b64decode(facts["salt"]), COSTS), sha256(header).digest()
        number, piece = 0, from_.read(PIECE + TAG)
        while True:
            following = from_.read(PIECE + TAG)
            try:
                to.write(cipher.decrypt(_nonce(number, not following), piece, bound))
            except InvalidTag as error:
                raise WrongPassword from error
            if not following:
                return
            number, piece = number + 1, following


def is_encrypted(file: Path) -> bool:
    try:
        read_facts(file)
    except NotEncrypted:
        return False
    return True


def read_facts(file: Path) -> dict[str, Any]:
    """What stands readable at its beginning; true only once it is decrypted. Raises NotEncrypted."""
    with file.open("rb") as source:
        facts = _header(source)[1].get("facts")
    if not isinstance(facts, dict):
        raise NotEncrypted
    return facts


def _line(values: dict[str, Any]) -> bytes:
    line = json.dumps(values, ensure_ascii=False).encode() + b"\n"
    if len(line) > MAX_HEADER:
        raise ValueError("too much to stand at the beginning")
    return line


def _header(source: IO[bytes]) -> tuple[bytes, dict[str, Any]]:
    line = source.readline(MAX_HEADER)
    try:
        facts = json.loads(line)
        fits = facts["magic"] == MAGIC and len(b64decode(facts["salt"])) == 16 and facts["n"] == COSTS["n"]
    except (ValueError, TypeError, KeyError) as error:
        raise NotEncrypted from error
    if not fits:
        raise NotEncrypted
    return line, facts


def _cipher(password: str, salt: bytes, costs: dict[str, int]) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return AESGCM(Scrypt(salt=salt, length=32, **costs).derive(password.encode()))


def _nonce(number: int, last: bool) -> bytes:
    """Its own for each piece; the key is this file's alone."""
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")
