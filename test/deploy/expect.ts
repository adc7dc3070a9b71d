/** A statement that must hold, else the step fails with what was seen and what was wanted. */

export function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
