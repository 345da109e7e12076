"""Names and docstrings of the whole tree: every public name says what it does, and means one thing."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

# Classes that implement a protocol which they do not name as a base. A method needs no docstring of its own where the
# protocol, or a base class, has one: the contract is that.
IMPLEMENTS = {
    "ChatCompletions": "Producer",
    "Demo": "Producer",
    "NullProducer": "Producer",
    "Webhook": "Producer",
    "Hub": "Receiver",
}


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the program."""

    path: str
    """Its path in the repository, through the link in `bitworks/` that leads to it."""
    tree: ast.Module
    """Its syntax tree."""


def modules(folder: Path, path: str) -> Iterator[Module]:
    """Yields the modules below a folder. `Path.rglob` follows no links, of which `bitworks/` has four."""
    for child in sorted(folder.iterdir()):
        name = f"{path}/{child.name}"
        if child.is_dir():
            yield from modules(child, name)
        elif child.suffix == ".py":
            yield Module(name, ast.parse(child.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def tree() -> list[Module]:
    """Every module of the program."""
    found = list(modules(Path(__file__).parent.parent / "bitworks", "bitworks"))
    assert len({module.path.split("/")[1] for module in found}) > 8, "the links are followed"
    return found


def classes(module: Module) -> Iterator[ast.ClassDef]:
    """Yields every class of a module, private and nested ones included."""
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef))


def public_definitions(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Definition]]:
    """Yields public classes, functions, methods and properties with their dotted names, none within a function."""
    for node in body:
        if isinstance(node, DEFINITIONS) and not node.name.startswith("_") and not is_setter(node):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public_definitions(node.body, f"{prefix}{node.name}.")


def is_setter(node: Definition) -> bool:
    """Returns whether a definition is the setter of a property, which its getter documents."""
    return any(isinstance(one, ast.Attribute) and one.attr == "setter" for one in node.decorator_list)


def methods_of_bases(tree: list[Module]) -> dict[str, set[str]]:
    """Returns the documented methods of the classes and protocols of the program that each class implements."""
    by_name = {node.name: node for module in tree for node in classes(module)}

    def documented(node: ast.ClassDef) -> set[str]:
        own = {one.name for one in node.body if isinstance(one, DEFINITIONS) and ast.get_docstring(one)}
        return own.union(*(documented(base) for base in bases(node)))

    def bases(node: ast.ClassDef) -> list[ast.ClassDef]:
        names = [ast.unparse(one).partition("[")[0] for one in node.bases] + [IMPLEMENTS.get(node.name, "")]
        return [by_name[name] for name in names if name in by_name and name != node.name]

    return {name: set().union(*map(documented, bases(node))) for name, node in by_name.items()}


def undocumented(tree: list[Module]) -> set[str]:
    """Returns `path:dotted.name` of each public name without a docstring, and the path of each such module."""
    inherited = methods_of_bases(tree)
    missing = {module.path for module in tree if not ast.get_docstring(module.tree)}
    for module in tree:
        for name, node in public_definitions(module.tree.body):
            owner, _, method = name.rpartition(".")
            if not ast.get_docstring(node) and method not in inherited.get(owner.rpartition(".")[2], set()):
                missing.add(f"{module.path}:{name}")
    return missing


def test_every_public_name_has_a_docstring(tree: list[Module]) -> None:
    assert undocumented(tree) == set()


def test_no_two_classes_have_one_name(tree: list[Module]) -> None:
    names = Counter(node.name for module in tree for node in classes(module))
    assert {name for name, count in names.items() if count > 1} == set()


def test_no_type_variable_or_new_type_has_the_name_of_a_class(tree: list[Module]) -> None:
    names = {node.name for module in tree for node in classes(module)}
    assert {name for module in tree for name in made_types(module)} & names == set()


def made_types(module: Module) -> Iterator[str]:
    """Yields the names that a module gives to a `TypeVar` or a `NewType`."""
    for node in module.tree.body:
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="TypeVar" | "NewType"))
            ):
                yield name


def is_record(node: ast.ClassDef) -> bool:
    """Returns whether a class is a dataclass or a `TypedDict`."""
    decorators = {ast.unparse(one).partition("(")[0] for one in node.decorator_list}
    return "dataclass" in decorators or "TypedDict" in map(ast.unparse, node.bases)


def undocumented_fields(node: ast.ClassDef) -> Iterator[str]:
    """Yields the public fields that neither a docstring below them nor the one of their class explains."""
    text = ast.get_docstring(node) or ""
    for field, below in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            name = field.target.id
            explained = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            if not (explained or name.startswith("_") or name == "kind" or f"`{name}`" in text):
                yield name


def test_every_field_of_a_public_record_is_documented(tree: list[Module]) -> None:
    missing = {
        f"{module.path}:{node.name}.{field}"
        for module in tree
        for node in classes(module)
        if not node.name.startswith("_") and is_record(node)
        for field in undocumented_fields(node)
    }
    assert missing == set()
