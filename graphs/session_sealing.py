"""Encryption of the session file at rest: which bytes it covers, and where the key comes from.

Encrypted, by LangGraph's `EncryptedSerializer` (AES in EAX mode, which also tells a changed byte): all checkpoints and
all pending writes, that is everything said and everything thought about it. Not encrypted: names of sessions and of
personas, owners, times, counts, names of graphs, nodes and state fields. What a whole row says may still be exchanged
for an older one by somebody who can write the file.

The key is made by scrypt from a secret in an environment variable and a salt in the file; the file also holds a sealed
word, by which a wrong key is told at once. The secret itself is never stored: without it nothing can be read again.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any

from langgraph.checkpoint.serde.base import SerializerProtocol
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from affectgraph.backends.errors import CheckpointError, MissingDependency, SettingsError

__all__ = ["Unread", "is_sealed", "plain", "seal_with", "secret_of", "unseal_with", "unsealed_by"]

_SHORTEST = 16  # characters of a secret; our choice
_WORD = b"affectgraph"
_CIPHER = "aes"
_SEALED = f"+{_CIPHER}"  # what LangGraph appends to the type of a value that it encrypted


def secret_of(variable: str, environment: Mapping[str, str] | None = None) -> str:
    """The secret in the environment variable `variable`.

    Raises:
        SettingsError: it is not set, or too short to be one.
    """
    secret = (os.environ if environment is None else environment).get(variable, "")
    if len(secret) >= _SHORTEST:
        return secret
    wrong = f"has only {len(secret)} characters" if secret else "is not set"
    raise SettingsError(
        f"the key of the sessions is read from the environment variable {variable}, which {wrong}; set it to at least "
        f"{_SHORTEST} characters that you keep elsewhere too, e.g. what `openssl rand -base64 32` prints"
    )


def is_sealed(connection: sqlite3.Connection) -> bool:
    """Whether the session file is an encrypted one."""
    return bool(connection.execute("SELECT count(*) FROM session_file WHERE key = 'salt'").fetchone() == (1,))


def plain() -> SerializerProtocol:
    """Values as they are: JSON primitives and LangGraph's own types, nothing else is revived."""
    return _OneKind(JsonPlusSerializer(allowed_msgpack_modules=None), sealed=False)


class Unread(SerializerProtocol):
    """Reads and writes no value at all: for names and erasure without the key."""

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """Refused."""
        raise CheckpointError("the sessions were opened to be listed or erased only")

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """Refused."""
        raise CheckpointError("the sessions were opened to be listed or erased only")


def unsealed_by(connection: sqlite3.Connection, secret: str) -> SerializerProtocol:
    """What reads and writes an encrypted file.

    Raises:
        CheckpointError: `secret` is not the one that the file was encrypted with.
        MissingDependency: the package for it is not installed.
    """
    return _OneKind(_opened(connection, secret), sealed=True)


def seal_with(connection: sqlite3.Connection, secret: str) -> None:
    """Encrypt every value in the file; to be called within a transaction.

    Raises:
        MissingDependency: the package for it is not installed.
    """
    salt = secrets.token_bytes(16)
    cipher = _sealing(secret, salt).cipher
    word = cipher.encrypt(_WORD)[1]
    connection.executemany("INSERT INTO session_file VALUES (?, ?)", [("salt", salt), ("word", word)])
    _rewrite(connection, lambda kind, value: (kind + _SEALED, cipher.encrypt(value)[1]))


def unseal_with(connection: sqlite3.Connection, secret: str) -> None:
    """Decrypt every value in the file; to be called within a transaction.

    Raises:
        CheckpointError: wrong key.
        MissingDependency: the package for it is not installed.
    """
    cipher = _opened(connection, secret).cipher
    connection.execute("DELETE FROM session_file WHERE key IN ('salt', 'word')")
    _rewrite(connection, lambda kind, value: (kind.removesuffix(_SEALED), cipher.decrypt(_CIPHER, value)))


class _OneKind(SerializerProtocol):
    """Refuses a value of the other kind: LangGraph's serialiser would take a plain one for a decrypted one."""

    def __init__(self, serde: SerializerProtocol, *, sealed: bool) -> None:
        self._serde = serde
        self._sealed = sealed

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """As the serialiser below it."""
        return self._serde.dumps_typed(obj)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """As the serialiser below it.

        Raises:
            CheckpointError: a value of the other kind, or one that was changed since it was encrypted.
        """
        if data[0].endswith(_SEALED) is not self._sealed:
            raise CheckpointError("the session file was encrypted or decrypted meanwhile; start again")
        try:
            return self._serde.loads_typed(data)
        except ValueError as error:
            if not self._sealed:
                raise
            raise CheckpointError("a stored session is damaged: its bytes are not those that were encrypted") from error


def _opened(connection: sqlite3.Connection, secret: str) -> EncryptedSerializer:
    stored = dict(connection.execute("SELECT key, value FROM session_file WHERE key IN ('salt', 'word')").fetchall())
    sealing = _sealing(secret, stored["salt"])
    try:
        sealing.cipher.decrypt(_CIPHER, stored["word"])
    except ValueError:
        raise CheckpointError(
            "the key does not open the sessions: it is not the one that they were encrypted with"
        ) from None
    return sealing


def _sealing(secret: str, salt: bytes) -> EncryptedSerializer:
    # N = 2^15 costs 32 MB and about a tenth of a second; OpenSSL allows no more than 32 MB unless told.
    key = hashlib.scrypt(secret.encode(), salt=salt, n=2**15, r=8, p=1, dklen=32, maxmem=2**26)
    serde = JsonPlusSerializer(allowed_msgpack_modules=None)
    try:
        return EncryptedSerializer.from_pycryptodome_aes(serde, key=key)
    except ImportError:
        raise MissingDependency(
            "encrypted sessions need the extra `encryption`: pip install 'affectgraph[encryption]'"
        ) from None


_Change = Callable[[str, bytes], tuple[str, bytes]]


def _rewrite(connection: sqlite3.Connection, change: _Change) -> None:
    for table, column in (("checkpoints", "checkpoint"), ("writes", "value")):
        rows = [row for (row,) in connection.execute(f"SELECT rowid FROM {table}").fetchall()]
        for row in rows:  # one at a time: all values together may not fit into memory
            kind, value = connection.execute(f"SELECT type, {column} FROM {table} WHERE rowid = ?", (row,)).fetchone()
            connection.execute(
                f"UPDATE {table} SET type = ?, {column} = ? WHERE rowid = ?", (*change(kind, value), row)
            )
