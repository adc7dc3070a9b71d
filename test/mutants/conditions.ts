/** Each condition that decides something, broken one at a time: always true, always false, and its limit moved by one. */
import type { Edit } from "./mutant.ts";
import { bare, child, children, text } from "./syntax.ts";
import type { Node } from "./syntax.ts";

type Answer = "true" | "false";

const LIMITS = new Map([
  ["<", "<="],
  ["<=", "<"],
  [">", ">="],
  [">=", ">"],
]);
const BOTH: readonly Answer[] = ["true", "false"];
/** Methods whose function says yes or no of each element. */
const ASKING = new Set(["filter", "some", "every", "find", "findLast", "findIndex"]);
/** How often a loop turns is no guard; what stands beside its count is. */
const LOOPS = new Set(["ForStatement", "WhileStatement", "DoWhileStatement"]);

export function* findConditions(node: Node, code: string): Generator<Edit> {
  const decider = deciderOf(node);
  for (const below of children(node)) {
    const isLoop = LOOPS.has(node.type) && below === child(node, "test");
    if (isLoop) {
      if (isLogical(bare(below))) yield* broken(below, [], code);
    } else if (below === decider || isYesOrNo(bare(below))) yield* broken(below, BOTH, code);
    else if (ASKING.has(calledMethod(node)) && below.type === "ArrowFunctionExpression") yield* askedOf(below, code);
    else yield* findConditions(below, code);
  }
}

/** What the function says of an element. */
function* askedOf(arrow: Node, code: string): Generator<Edit> {
  const body = child(arrow, "body");
  if (body === undefined || body.type === "BlockStatement") yield* findConditions(arrow, code);
  else yield* broken(body, BOTH, code);
}

/** @param answers those that change something: an operand's other answer is the whole's */
function* broken(condition: Node, answers: readonly Answer[], code: string): Generator<Edit> {
  const { start, end } = condition;
  const kind = answers.length > 1 ? "" : "operand ";
  for (const answer of answers)
    yield { at: start, kind: `${kind}always ${answer}`, change: { start, end, text: answer }, within: { start, end } };
  const inside = bare(condition);
  const operator = text(inside, "operator");
  if (isLogical(inside)) {
    for (const operand of [child(inside, "left"), child(inside, "right")]) {
      if (operand === undefined) continue;
      const isSame = isLogical(bare(operand)) && text(bare(operand), "operator") === operator;
      yield* broken(operand, isSame ? [] : operator === "&&" ? ["true"] : ["false"], code);
    }
  } else if (isNot(inside)) {
    for (const below of children(inside)) yield* broken(below, [], code);
  } else {
    const limit = LIMITS.get(operator);
    if (limit !== undefined) yield limitOf(inside, limit, code);
    yield* findConditions(inside, code);
  }
}

function limitOf(comparison: Node, operator: string, code: string): Edit {
  const left = child(comparison, "left")?.end ?? comparison.start;
  const before = text(comparison, "operator");
  // Closing parentheses may stand between the left side and its operator.
  const start = code.indexOf(before, left);
  const within = { start: comparison.start, end: comparison.end };
  return { at: start, kind: `limit ${operator}`, change: { start, end: start + before.length, text: operator }, within };
}

function deciderOf(node: Node): Node | undefined {
  return node.type === "IfStatement" || node.type === "ConditionalExpression" ? child(node, "test") : undefined;
}

function calledMethod(node: Node): string {
  const callee = node.type === "CallExpression" ? child(node, "callee") : undefined;
  const property = callee === undefined ? undefined : child(callee, "property");
  return property === undefined ? "" : text(property, "name");
}

function isYesOrNo(node: Node): boolean {
  return isLogical(node) || isNot(node) || isComparison(node);
}

function isLogical(node: Node): boolean {
  return node.type === "LogicalExpression" && text(node, "operator") !== "??";
}

function isNot(node: Node): boolean {
  return node.type === "UnaryExpression" && text(node, "operator") === "!";
}

function isComparison(node: Node): boolean {
  const operator = text(node, "operator");
  return node.type === "BinaryExpression" && (operator === "===" || operator === "!==" || LIMITS.has(operator));
}
