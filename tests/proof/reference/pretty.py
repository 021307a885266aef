"""JSON as `deno fmt` leaves it."""
import json


def pretty(value, indent=""):
    """A list of numbers is one line, all else is one line an entry."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        rows = [f"{inner}{json.dumps(k)}: {pretty(v, inner)}" for k, v in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, list) and not all(isinstance(x, (int, float)) for x in value):
        return "[\n" + ",\n".join(inner + pretty(v, inner) for v in value) + f"\n{indent}]"
    return json.dumps(value)


def write(folder, name, value):
    text = pretty(value) + "\n"
    (folder / name).write_text(text)
    print(f"{name}: {len(text)} bytes")
