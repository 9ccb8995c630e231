"""A buf plugin for gRPC's Python stubs, which grpcio-tools ships as a built-in without a plugin binary."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest, CodeGeneratorResponse
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc  # type: ignore[import-untyped]


def generate(request: CodeGeneratorRequest) -> CodeGeneratorResponse:
    """Answer with one `_pb2_grpc.py` for each file that declares a service."""
    declares = {file.name for file in request.proto_file if file.service}
    wanted = [name for name in request.file_to_generate if name in declares]
    response = CodeGeneratorResponse(supported_features=CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL)
    if not wanted:
        return response
    with tempfile.TemporaryDirectory() as folder:
        descriptors = Path(folder, "descriptors.pb")
        descriptors.write_bytes(FileDescriptorSet(file=request.proto_file).SerializeToString())
        out = Path(folder, "out")
        out.mkdir()
        if protoc.main(["protoc", f"--descriptor_set_in={descriptors}", f"--grpc_python_out={out}", *wanted]):
            response.error = "grpc_tools.protoc failed; its message stands above"
            return response
        for path in sorted(out.rglob("*.py")):
            response.file.add(name=path.relative_to(out).as_posix(), content=path.read_text())
    return response


if __name__ == "__main__":
    answer = generate(CodeGeneratorRequest.FromString(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(answer.SerializeToString())
