/** Shapes that meet. */
import { type Shape, ShapeError, showShape } from "@tapegrad/core";

/** The shape that shapes broadcast to; those that do not are a ShapeError. */
export function meetingShape(shapes: readonly Shape[]): Shape {
  const rank = shapes.reduce((most, { length }) => Math.max(most, length), 0);
  return Array.from({ length: rank }, (_, i) => {
    const extents = shapes.map((shape) => shape[i - rank + shape.length] ?? 1);
    const extent = extents.find((n) => n !== 1) ?? 1;
    if (extents.every((n) => n === 1 || n === extent)) return extent;
    throw new ShapeError(`Cannot broadcast ${shapes.map(showShape).join(" and ")} together`, { shapes });
  });
}
