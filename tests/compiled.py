"""Contracts compiled from a few lines of text, with the lines recorded."""

from __future__ import annotations

from pathlib import Path

import google.protobuf.timestamp_pb2  # noqa: F401  the contracts import it, so it has to be there
import grpc_tools
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc

PROTOS = Path(__file__).parents[1] / "protos"
STANDARD = Path(grpc_tools.__file__).parent / "_proto"
MARK = "// HERE"

HEAD = """syntax = "proto3";
package shop.api.orders.v1;
import "google/protobuf/timestamp.proto";
import "trunkline/api/policy/v1/policy.proto";
"""


def compiled(folder: Path, **texts: str) -> list[FileDescriptorProto]:
    """Compile `name.proto` for each text, and return these files alone, in the order given."""
    for name, text in texts.items():
        (folder / f"{name}.proto").write_text(text)
    roots = [f"-I{root}" for root in (folder, PROTOS, PROTOS / "third_party", STANDARD)]
    out = folder / "descriptors.pb"
    what = [f"--descriptor_set_out={out}", "--include_source_info", "--include_imports"]
    assert protoc.main(["protoc", *roots, *what, *(f"{name}.proto" for name in texts)]) == 0
    found = {file.name: file for file in FileDescriptorSet.FromString(out.read_bytes()).file}
    return [found[f"{name}.proto"] for name in texts]


def marked(text: str) -> int:
    """Return the line that bears the mark, counted from 1."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if MARK in line)
