/** /v1/letters: what gave up, and what people do about it. */
import { LetterAck, LetterDiscard } from "../contract/letter.ts";
import { LetterView, ReplayAnswer } from "../contract/letter-view.ts";
import { LetterPageQuery, pageOf } from "../contract/page.ts";
import { letterView } from "../core/letter-choice.ts";
import { refuseMark, refuseReplay, unknownLetter } from "../core/refusals.ts";
import { listLetters } from "../sync/list-letters.ts";
import { markLetter } from "../sync/mark-letter.ts";
import type { Mark } from "../sync/mark-letter.ts";
import { replayLetter } from "../sync/replay-letter.ts";
import { nameOf } from "./caller.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";
import type { ApiServices } from "./services.ts";

const listRoute = route({
  method: "GET",
  path: "/v1/letters",
  operationId: "listLetters",
  summary: "List dead letters of one state, the newest first",
  description: "A rare filter may give a short page; it has a cursor all the same.",
  tag: "letters",
  scope: "owner",
  query: LetterPageQuery,
  answers: { 200: { says: "One page.", schema: pageOf(LetterView) } },
  codes: [],
  run: async ({ query: { state, limit, cursor, ...filter } }, { letters, now }) => {
    const page = await listLetters(letters, { state, filter, now: now() }, { limit, cursor });
    return { status: 200, body: { ...page, items: page.items.map(letterView) } };
  },
});

const showRoute = route({
  method: "GET",
  path: "/v1/letters/{letterId}",
  operationId: "getLetter",
  summary: "Look at a dead letter with its history",
  tag: "letters",
  scope: "owner",
  answers: { 200: { says: "The letter.", schema: LetterView } },
  codes: [],
  run: async ({ params: { letterId } }, { letters }) => {
    const letter = await letters.get(letterId);
    if (letter === undefined) throw unknownLetter(letterId);
    return { status: 200, body: letterView(letter) };
  },
});

const replayRoute = route({
  method: "POST",
  path: "/v1/letters/{letterId}/replay",
  operationId: "replayLetter",
  summary: "Send a dead letter's task again",
  tag: "letters",
  scope: "owner",
  answers: { 202: { says: "The task is on its way.", schema: ReplayAnswer } },
  codes: ["letter-closed", "letter-unreadable", "letter-replaying", "calendar-paused", "calendar-unknown", "pace-exceeded"],
  run: async ({ params: { letterId } }, services, caller) => {
    if ((await services.letters.get(letterId)) === undefined) throw unknownLetter(letterId);
    const { now, newId } = services;
    const end = await replayLetter(letterId, services, { now, newId, who: nameOf(caller) });
    if (end.kind !== "sent") throw refuseReplay(letterId, end.kind);
    return { status: 202, body: { letterId, state: "replaying" as const, taskId: end.taskId, startAt: end.startAt } };
  },
});

const ackRoute = route({
  method: "POST",
  path: "/v1/letters/{letterId}/ack",
  operationId: "acknowledgeLetter",
  summary: "Say that somebody looks after a dead letter",
  tag: "letters",
  scope: "owner",
  body: { schema: LetterAck },
  answers: { 200: { says: "The letter as it is now.", schema: LetterView } },
  codes: ["letter-closed"],
  run: async ({ params: { letterId }, body: { why = "acknowledged" } }, services, caller) => {
    return { status: 200, body: await mark(letterId, { state: "acknowledged", who: nameOf(caller), why }, services) };
  },
});

const discardRoute = route({
  method: "POST",
  path: "/v1/letters/{letterId}/discard",
  operationId: "discardLetter",
  summary: "Close a dead letter that needs no work any more, with a reason",
  tag: "letters",
  scope: "owner",
  body: { schema: LetterDiscard },
  answers: { 200: { says: "The letter as it is now.", schema: LetterView } },
  codes: ["letter-closed"],
  run: async ({ params: { letterId }, body: { why } }, services, caller) => {
    return { status: 200, body: await mark(letterId, { state: "discarded", who: nameOf(caller), why }, services) };
  },
});

export const letterRoutes: readonly Route[] = [listRoute, showRoute, replayRoute, ackRoute, discardRoute];

async function mark(letterId: string, what: Pick<Mark, "state" | "who" | "why">, services: ApiServices): Promise<LetterView> {
  const marked = await markLetter(letterId, { ...what, now: services.now }, services.letters);
  if (marked === "unknown") throw unknownLetter(letterId);
  if (marked === "not-open") throw refuseMark(letterId, what.state);
  return letterView(marked);
}
