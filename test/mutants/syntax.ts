/** The syntax tree of a TypeScript module, as far as the finders need it. */
import { parseAst } from "vitest/node";

/** Any node of the tree: its children are among its fields. */
export type Node = { readonly type: string; readonly start: number; readonly end: number; readonly [field: string]: unknown };

export function parse(code: string): Node {
  const tree: unknown = parseAst(code, { lang: "ts" });
  if (isNode(tree)) return tree;
  throw new Error("the parser gave no tree, wanted a Program");
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value && "end" in value;
}

/** The node in a field, or undefined. */
export function child(node: Node, field: string): Node | undefined {
  const value = node[field];
  return isNode(value) ? value : undefined;
}

/** The nodes of a field that is a list. */
export function list(node: Node, field: string): readonly Node[] {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

export function children(node: Node): readonly Node[] {
  return Object.values(node).flatMap((value) => (Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : []));
}

/** The node and everything below it, in the order of the source. */
export function* everyNode(node: Node): Generator<Node> {
  yield node;
  for (const below of children(node)) yield* everyNode(below);
}

/** Without the parentheses round it. */
export function bare(node: Node): Node {
  const inside = node.type === "ParenthesizedExpression" ? child(node, "expression") : undefined;
  return inside === undefined ? node : bare(inside);
}

export function text(node: Node, field: string): string {
  const value = node[field];
  return typeof value === "string" ? value : "";
}
