import { ShapeError } from "@tapegrad/core/errors";
import { assertEquals } from "@std/assert";

assertEquals(new ShapeError("Cannot", { op: "matmul" }).detail, { op: "matmul" });
