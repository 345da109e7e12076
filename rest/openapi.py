"""The description of the API in OpenAPI 3.1, generated from the routes and models that serve it."""

from collections.abc import Iterable
from http import HTTPStatus
from types import GenericAlias
from typing import Any

from pydantic import TypeAdapter

from bitworks import __version__
from bitworks.core.errors import (
    DomainError,
    InternalError,
    InvalidInput,
    MalformedJson,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
)
from bitworks.core.inputs import Input
from bitworks.features.sync.schema import describe_changes, types_of
from bitworks.rest.problems import STATUS
from bitworks.rest.routes import Route
from bitworks.storage.kinds import Kind

SCHEMAS = "#/components/schemas/"

PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "retryable"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "retryable": {"type": "boolean"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "current": {
            "type": "object",
            "description": "with `stale` and `context_exists`: the record as it is; "
            "with `closed`: its `status`; "
            "with `out_of_order`: the `length` of the text, and how much of it is `durable`",
        },
    },
}
LIST_HEADERS = {
    "Link": {"schema": {"type": "string"}, "description": 'the next page: `<…>; rel="next"`'},
    "X-Cursor": {"schema": {"type": "string"}, "description": "the cursor of the snapshot that was read"},
}


def openapi(routes: Iterable[Route], kinds: Iterable[Kind[Any]]) -> dict[str, Any]:
    """The OpenAPI document of these routes, and of changes of these kinds."""
    routes, kinds = list(routes), list(kinds)
    schemas, references = _schemas(routes, kinds)
    describe_changes(schemas, kinds, SCHEMAS)
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": "bitworks-message", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": schemas | {"Problem": PROBLEM},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _schemas(routes: list[Route], kinds: list[Kind[Any]]) -> tuple[dict[str, Any], dict[Any, dict[str, Any]]]:
    """The schemas by name, and the reference to the schema of each type, by the type's repr."""
    inputs = {route.input for route in routes}
    bodies: list[Any] = [schema for route in routes if (schema := _body_type(route)) is not None]
    bodies += types_of(kinds)
    types: list[Any] = [*inputs, *(body for index, body in enumerate(bodies) if body not in bodies[:index])]
    keyed, definitions = TypeAdapter.json_schemas(
        [
            (index, "validation" if one in inputs else "serialization", TypeAdapter(one))
            for index, one in enumerate(types)
        ],
        ref_template=SCHEMAS + "{model}",
    )
    references = {repr(types[index]): schema for (index, _), schema in keyed.items()}
    return definitions.get("$defs", {}), references


def _operation(route: Route, schemas: dict[str, Any], references: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _operation_id(route),
        "summary": route.operation.summary,
        "tags": [route.path.split("/")[1]],
        "parameters": _parameters(route, schemas),
        "responses": _responses(route, references),
    }
    if not route.operation.public:
        operation["security"] = [{"bearer": []}]
    if route.takes_body:
        body = _without(_schema_of(route.input, schemas), route.in_path)
        required = bool(body.get("required"))
        operation["requestBody"] = {"required": required, "content": {"application/json": {"schema": body}}}
    return operation


def _operation_id(route: Route) -> str:
    noun, _, verb = route.operation.name.partition(":")
    return f"{noun}s_{verb}"


def _body_type(route: Route) -> Any:
    """The type of the body of a successful response; None where it has no body."""
    result = route.operation.result
    schema: Any = result.schema
    return GenericAlias(list, (schema,)) if result.shape == "page" else schema


def _schema_of(model: type[Input], schemas: dict[str, Any]) -> dict[str, Any]:
    schema: dict[str, Any] = schemas[model.__name__]
    return schema


def _without(schema: dict[str, Any], names: set[str]) -> dict[str, Any]:
    properties = {name: one for name, one in schema["properties"].items() if name not in names}
    required = [name for name in schema.get("required", []) if name not in names]
    return {**schema, "properties": properties, "required": required}


def _parameters(route: Route, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    properties = _schema_of(route.input, schemas).get("properties", {})
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": properties.get(name, {"type": "string"})}
        for name in sorted(route.in_path)
    ]
    if route.takes_body:
        return in_path
    in_query = [
        {"name": name, "in": "query", "required": False, "schema": _not_null(schema)}
        for name, schema in properties.items()
        if name not in route.in_path
    ]
    return in_path + in_query


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without null and default: in a query, a parameter that is null is left out."""
    alternatives = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if not alternatives:
        return schema
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**rest, **alternatives[0]}


def _responses(route: Route, references: dict[str, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status in route.statuses:
        responses[str(status.value)] = _success(status, route, references)
    for error in _errors(route):
        status = STATUS[error]
        described = responses.setdefault(
            str(status.value),
            {
                "description": "",
                "content": {"application/problem+json": {"schema": {"$ref": SCHEMAS + "Problem"}}},
            },
        )
        described["description"] = ", ".join(filter(None, [described["description"], f"`{error.code}`"]))
    return responses


def _success(status: HTTPStatus, route: Route, references: dict[str, Any]) -> dict[str, Any]:
    if (body := _body_type(route)) is None:
        return {"description": status.phrase}
    schema = references[repr(body)]
    response: dict[str, Any] = {
        "description": status.phrase,
        "content": {"application/json": {"schema": schema}},
    }
    if route.operation.result.shape == "page":
        response["headers"] = LIST_HEADERS
    return response


def _errors(route: Route) -> list[type[DomainError]]:
    errors = [*route.operation.errors, InvalidInput, Unavailable, InternalError]
    if not route.operation.public:
        errors.append(Unauthorized)
    if route.takes_body:
        errors += [MalformedJson, TooLarge, UnsupportedMediaType]
    return [error for i, error in enumerate(errors) if error not in errors[:i]]
