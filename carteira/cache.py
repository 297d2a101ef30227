"""O cache no Redis, que pode cair: toda a verdade está no banco, e uma página não deixa de abrir por falta dele."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

registro = logging.getLogger("carteira.cache")


def _ou(fazer: Callable[[], Any], reserva: Any) -> Any:
    try:
        return fazer()
    except (RedisError, OSError) as erro:
        registro.warning("cache fora do ar: %s", type(erro).__name__)
        return reserva


class CacheQueCai(RedisCache):
    """Fora do ar, nada está guardado e nada se guarda; quem usa `add` como vez única ouve que já foi."""

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return _ou(lambda: super(CacheQueCai, self).get(key, default, version), default)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        _ou(lambda: super(CacheQueCai, self).set(key, value, timeout, version), None)

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        return _ou(lambda: bool(super(CacheQueCai, self).add(key, value, timeout, version)), False)

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> int:
        return _ou(lambda: int(super(CacheQueCai, self).incr(key, delta, version)), 0)

    def delete(self, key: Any, version: Any = None) -> bool:
        return _ou(lambda: bool(super(CacheQueCai, self).delete(key, version)), False)

    def get_many(self, keys: Any, version: Any = None) -> Any:
        return _ou(lambda: super(CacheQueCai, self).get_many(keys, version), {})
