/** Every name that may stand in a path: whose the thing is, or below which thing it is found. */
import type { RefusalCode } from "../contract/code.ts";
import type { Refusal } from "../core/failure.ts";
import { unknownKey } from "../core/keys.ts";
import { unknownReservation } from "../core/owners-reservations.ts";
import { unknownCalendar, unknownDownload, unknownFeed, unknownLetter, unknownRepeat } from "../core/refusals.ts";
import type { ApiServices } from "./services.ts";

/** A thing with an owner: the frame asks whose it is before a route runs. */
export type OwnedParam = {
  readonly says: string;
  /** Undefined where there is no such thing, or where it is nobody's. */
  readonly ownerOf: (id: string, services: ApiServices) => Promise<string | undefined>;
  /** The same answer for what does not exist and for what is another's. */
  readonly unknown: (id: string) => Refusal;
  readonly code: RefusalCode;
};
/** A thing that is only found below another one of the same path. */
export type LowerParam = {
  readonly says: string;
  readonly below: string;
  /** API Gateway decodes a path before it passes it on, so that `%2F` arrives as a slash. */
  readonly slashes?: "allowed";
};

export const PATH_PARAMS = {
  calendarId: {
    says: "A calendar's id.",
    ownerOf: async (calendarId, { owners }) => await owners.ownerOf({ calendarId }),
    unknown: unknownCalendar,
    code: "calendar-unknown",
  },
  feedId: {
    says: "A feed's id.",
    ownerOf: async (feedId, { owners }) => await owners.ownerOf({ feedId }),
    unknown: unknownFeed,
    code: "feed-unknown",
  },
  letterId: {
    says: "A dead letter's id.",
    ownerOf: async (letterId, { letters }) => (await letters.get(letterId))?.ownerId,
    unknown: unknownLetter,
    code: "letter-unknown",
  },
  keyId: {
    says: "A key's id, which is not its secret.",
    ownerOf: async (keyId, { keys }) => (await keys.keyById(keyId))?.ownerId,
    unknown: unknownKey,
    code: "key-unknown",
  },
  downloadId: {
    says: "A download's id.",
    ownerOf: async (downloadId, { downloadBook }) => (await downloadBook.load(downloadId))?.download.ownerId,
    unknown: unknownDownload,
    code: "download-unknown",
  },
  repeatId: {
    says: "A repeat's id.",
    ownerOf: async (repeatId, { repeats }) => (await repeats.load(repeatId))?.ownerId,
    unknown: unknownRepeat,
    code: "repeat-unknown",
  },
  reservationId: {
    says: "A reservation's id.",
    ownerOf: async (reservationId, { ownersReservations }) => (await ownersReservations.load(reservationId))?.ownerId,
    unknown: unknownReservation,
    code: "reservation-unknown",
  },
  ownerId: { says: "An owner's id; its routes are for admins.", below: "ownerId" },
  // Nobody's: its routes are for admins.
  host: { says: "A host as in a url, with its port where that is not the scheme's own.", below: "host" },
  linkId: { says: "A link's id, which is not its secret.", below: "feedId" },
  uid: {
    says: "An event's UID as the calendar has it, percent-encoded. One with a question mark, or of more than some 500 characters, goes by a batch.",
    below: "calendarId",
    slashes: "allowed",
  },
  runId: { says: "A run's id: the instant it began, `~`, its task.", below: "calendarId" },
} as const satisfies Readonly<Record<string, OwnedParam | LowerParam>>;
export type ParamName = keyof typeof PATH_PARAMS;

const PARAMS: Readonly<Record<string, OwnedParam | LowerParam>> = PATH_PARAMS;
const IN_PATH = /\{(?<name>\w+)\}/gu;

/** The names in a path, in its order. */
export function paramsIn(path: string): string[] {
  return [...path.matchAll(IN_PATH)].map((match) => match.groups?.["name"] ?? "");
}

/** Undefined where nothing that is owned is called so. */
export function ownedParam(name: string): OwnedParam | undefined {
  const param = Object.hasOwn(PARAMS, name) ? PARAMS[name] : undefined;
  return param !== undefined && "ownerOf" in param ? param : undefined;
}

/** What is owned of a path, in its order. */
export function ownedParams(path: string): OwnedParam[] {
  return paramsIn(path).flatMap((name) => ownedParam(name) ?? []);
}

export function mayHaveSlashes(name: string): boolean {
  const param = PARAMS[name];
  return param !== undefined && "below" in param && param.slashes === "allowed";
}

export function paramDescription(name: string): string {
  return PARAMS[name]?.says ?? name;
}
