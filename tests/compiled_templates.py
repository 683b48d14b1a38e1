"""Templates compiled once for each test process, not once for each app that the tests make."""

from jinja2.bccache import Bucket, BytecodeCache

_compiled: dict[str, bytes] = {}


class CompiledTemplates(BytecodeCache):
    def load_bytecode(self, bucket: Bucket) -> None:
        if (code := _compiled.get(bucket.key)) is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        _compiled[bucket.key] = bucket.bytecode_to_string()
