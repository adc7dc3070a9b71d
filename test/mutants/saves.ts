/** Each two saves that follow one another, the other way round; and each save left out. */
import type { Edit } from "./mutant.ts";
import { child, children, everyNode, list, text } from "./syntax.ts";
import type { Node } from "./syntax.ts";

/** What ports write by, in this world or in somebody else's. */
const SAVES = new Set(
  [
    "save saveCursor clearPending putHold endHold putRun putCheckpoint putCalendar replaceCalendar markStale leaveWheel leaveWheelFor",
    "enterWheel moveState moveSlot deleteCalendar deletePointersAndCheckpoint putFeedPointer putMembers updateMembers deleteMember putLink",
    "putFeed flip putSnapshot putChanges putHeld prune pruneFeed publish tell put remove putBack sendImports sendExports",
    "sendUrgent book end giveUp claim cover release reserve coolDown claimProbe endCooldown noteExcess turn putPause",
    "endPause endWaiting markRemoved markKeyUsed markUsed putKey revokeKey revokeLink retireLink deleteLink deleteLinks putQuota",
    "putOwner deleteOwner pauseHost resumeHost pauseOwner endOwnersPause changeCalendar forgetSource forgetValidators saveFeed told",
    "putPointers deletePointers deleteMembers deleteBuild deleteFeed deleteFeedObjects sendDownloads create move putPart putSource putFrame putFile",
    "change settle make keep drop dropBooking remember stop delete deleteRemains deleteTraced deleteObjects forget",
  ].flatMap((names) => names.split(" ")),
);
/** What a save that takes effect answers, where the code looks at it. */
const ANSWERS = new Map([
  ["save", '"saved"'],
  ["flip", '"saved"'],
  ["put", "true"],
  ["claimProbe", "true"],
  ["changeCalendar", '"saved"'],
  ["saveFeed", '"saved"'],
  ["retireLink", '"saved"'],
  ["change", "true"],
]);

/** Names of the functions in these modules that save something, themselves or by what they call. */
export function savingFunctions(trees: readonly Node[]): ReadonlySet<string> {
  const functions = trees
    .flatMap((tree) => [...everyNode(tree)])
    .filter(({ type }) => type === "FunctionDeclaration")
    .map((node) => ({ name: text(child(node, "id") ?? node, "name"), node }));
  const saving = new Set<string>();
  for (let size = -1; size < saving.size;) {
    size = saving.size;
    for (const { name, node } of functions) if (isSaving(node, saving)) saving.add(name);
  }
  return saving;
}

export function* findSaves(tree: Node, code: string, saving: ReadonlySet<string>): Generator<Edit> {
  for (const node of everyNode(tree)) {
    yield* leftOut(node, saving);
    if (node.type === "BlockStatement") yield* swapped(list(node, "body"), code, saving);
  }
}

function* leftOut(node: Node, saving: ReadonlySet<string>): Generator<Edit> {
  for (const below of children(node)) {
    const answer = answerOf(node, below, saving);
    const { start, end } = below;
    if (answer !== undefined) yield { at: start, kind: "left out", change: { start, end, text: answer }, within: { start, end } };
  }
}

/** What stands in the place of a save, or undefined where it is none or cannot be left out. */
function answerOf(node: Node, below: Node, saving: ReadonlySet<string>): string | undefined {
  if (node.type === "ArrayExpression") return isPortSave(below) ? "undefined" : undefined;
  if (below.type !== "AwaitExpression") return undefined;
  if (node.type === "ExpressionStatement") return isSave(below, saving) ? "undefined" : undefined;
  return ANSWERS.get(methodCalled(child(below, "argument") ?? below));
}

function* swapped(statements: readonly Node[], code: string, saving: ReadonlySet<string>): Generator<Edit> {
  const places = statements.flatMap((statement, index) => (isSaving(statement, saving) ? [index] : []));
  for (const [place, first] of places.entries()) {
    const second = places[place + 1];
    if (second === undefined) continue;
    const row = statements.slice(first, second + 1);
    const order = swappedRow(row);
    const [one, other] = [row[0], row.at(-1)];
    if (order === undefined || one === undefined || other === undefined) continue;
    const changed = order.map(({ start, end }) => code.slice(start, end)).join("\n");
    const line = code.slice(0, other.start).split("\n").length;
    yield { at: one.start, kind: `swapped with line ${line}`, change: { start: one.start, end: other.end, text: changed } };
  }
}

/** The last before the first, or the first after the last, where no name is used before it is there. */
function swappedRow(row: readonly Node[]): readonly Node[] | undefined {
  const [first, last] = [row[0], row.at(-1)];
  if (first === undefined || last === undefined || last.type === "ReturnStatement" || first.type === "ReturnStatement")
    return undefined;
  const between = row.slice(1, -1);
  const [early, late] = [row.slice(0, -1), row.slice(1)];
  if (!isUsing([last], early)) return [last, ...early];
  return isUsing(late, [first]) ? undefined : [...between, last, first];
}

/** Whether statements use a name that others declare or set. */
function isUsing(users: readonly Node[], makers: readonly Node[]): boolean {
  const made = new Set(makers.flatMap((maker) => [...everyNode(maker)]).flatMap(namesMade));
  return users.flatMap((user) => [...namesUsed(user)]).some((name) => made.has(name));
}

function namesMade(node: Node): string[] {
  const target =
    node.type === "VariableDeclarator"
      ? child(node, "id")
      : node.type === "AssignmentExpression"
        ? child(node, "left")
        : undefined;
  return target === undefined
    ? []
    : [...everyNode(target)].filter(({ type }) => type === "Identifier").map((name) => text(name, "name"));
}

function* namesUsed(node: Node): Generator<string> {
  if (node.type === "Identifier") yield text(node, "name");
  const isNamed = node.type === "MemberExpression" && node["computed"] !== true;
  for (const below of children(node)) if (!isNamed || below !== child(node, "property")) yield* namesUsed(below);
}

function isSaving(node: Node, saving: ReadonlySet<string>): boolean {
  return [...everyNode(node)].some((below) => isSave(below, saving));
}

function isSave(node: Node, saving: ReadonlySet<string>): boolean {
  if (node.type !== "AwaitExpression") return false;
  return [...everyNode(node)].some((below) => isPortSave(below) || saving.has(functionCalled(below)));
}

function isPortSave(node: Node): boolean {
  return SAVES.has(methodCalled(node));
}

function methodCalled(node: Node): string {
  const callee = node.type === "CallExpression" ? child(node, "callee") : undefined;
  const property = callee?.type === "MemberExpression" ? child(callee, "property") : undefined;
  return property === undefined ? "" : text(property, "name");
}

function functionCalled(node: Node): string {
  const callee = node.type === "CallExpression" ? child(node, "callee") : undefined;
  return callee?.type === "Identifier" ? text(callee, "name") : "";
}
