"""What OpenAPI says of the answers: the shapes are msgspec's, so their schemas are, too."""

from __future__ import annotations

from typing import Any

import msgspec

from console.api.shapes import Problem

REF = "#/components/schemas/{name}"
_described: list[Any] = [Problem]


def answers(shape: Any) -> dict[str, Any]:
    """`openapi_extra` of an operation that answers with `shape`."""
    _described.append(shape)
    (schema,), _ = msgspec.json.schema_components([shape], ref_template=REF)
    (problem,), _ = msgspec.json.schema_components([Problem], ref_template=REF)
    return {
        "responses": {
            200: {"description": "OK", "content": {"application/json": {"schema": schema}}},
            "default": {"description": "An error", "content": {"application/json": {"schema": problem}}},
        }
    }


def components() -> dict[str, Any]:
    """Every schema that `answers` pointed at; to be asked for when all operations are declared."""
    return msgspec.json.schema_components(_described, ref_template=REF)[1]
