/** Dead letters in the table: one item each, on a shelf by state and fingerprint; a body too large for it is an object. */
import { Letter } from "../contract/letter.ts";
import type { LetterState } from "../contract/letter.ts";
import type { Page, PageRequest } from "../sync/registry.ts";
import { readCursor, writeCursor } from "./pages.ts";
import type { Item, Key } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

/** Where bodies too large for an item go. */
export interface LetterBodies {
  /** Stores the body and gives its key. */
  putLetterBody(letterId: string, body: string): Promise<string>;
}

/** An item holds 400 KB; a task of ours has far less, so only messages that nobody can read are as large as this. */
const BODY_LIMIT_BYTES = 64_000;
const CLOSED_SECONDS = 90 * 86_400;
const SHELVES_AT_ONCE = 8;
const SHELF_LIST = "ALERTS";

export class LetterTable {
  private readonly table: RecordTable;
  private readonly bodies: LetterBodies | undefined;

  /** @param bodies needed by whoever records letters of messages; who only moves their state has none */
  constructor(table: RecordTable, bodies?: LetterBodies) {
    this.table = table;
    this.bodies = bodies;
  }

  async get(letterId: string): Promise<Letter | undefined> {
    const item = await this.table.get(letterKey(letterId));
    return item === undefined ? undefined : Letter.parse(item);
  }

  async put(letter: Letter): Promise<boolean> {
    const { fingerprint, letterId, revision, state } = letter;
    // What a listing finds it by goes first: a shelf without a letter is harmless, a letter on no shelf is hidden.
    await this.table.update({ pk: SHELF_LIST, sk: fingerprint }, { set: { fingerprint } });
    const stored = await this.withStoredBody(letter);
    const item = { ...letterKey(letterId), ...stored, letterShelf: shelf(state, fingerprint), ...expiry(letter) };
    const saved = await this.table.put(
      item,
      revision === 1
        ? { expression: "attribute_not_exists(#pk)" }
        : { expression: "#revision = :before", values: { ":before": revision - 1 } },
    );
    return saved === "saved";
  }

  /** Shelf by shelf, and each shelf before its first letter is given: what moves meanwhile neither comes twice nor is missed. */
  async *every(state: LetterState): AsyncGenerator<Letter> {
    for (const { sk } of await this.shelves()) {
      const values = { ":shelf": shelf(state, String(sk)) };
      const items = await this.table.query({ index: "letters", expression: "#letterShelf = :shelf", values });
      for (const item of items) yield Letter.parse(item);
    }
  }

  /** Reads the newest of each fingerprint's shelf: few fingerprints hold many letters, that is what they are for. */
  async list(state: LetterState, page: PageRequest): Promise<Page<Letter>> {
    const before = page.cursor === undefined ? undefined : readCursor(page.cursor, "", `letters ${state}`);
    const shelves = await this.shelves();
    const found: Letter[] = [];
    for (let at = 0; at < shelves.length; at += SHELVES_AT_ONCE) {
      const some = shelves.slice(at, at + SHELVES_AT_ONCE).map((item) => shelf(state, String(item["sk"])));
      const items = await Promise.all(some.map(async (name) => await this.newestOn(name, before, page.limit + 1)));
      found.push(...items.flat().map((item) => Letter.parse(item)));
    }
    const newest = found.toSorted((one, other) => (placeOf(one) < placeOf(other) ? 1 : -1));
    const last = newest.length > page.limit ? newest[page.limit - 1] : undefined;
    return {
      items: newest.slice(0, page.limit),
      cursor: last === undefined ? undefined : writeCursor(placeOf(last), `letters ${state}`),
    };
  }

  private async shelves(): Promise<Item[]> {
    return await this.table.query({ expression: "#pk = :pk", values: { ":pk": SHELF_LIST } });
  }

  /** Letters of the cursor's own instant are read apart, for some of them may have been shown. */
  private async newestOn(name: string, before: string | undefined, limit: number): Promise<Item[]> {
    const index = { index: "letters", order: "descending" } as const;
    if (before === undefined) {
      return await this.table.first({ ...index, expression: "#letterShelf = :shelf", values: { ":shelf": name } }, limit);
    }
    const values = { ":shelf": name, ":instant": before.split("~", 1)[0] };
    const [same, older] = await Promise.all([
      this.table.query({ ...index, expression: "#letterShelf = :shelf AND #lastAt = :instant", values }),
      this.table.first({ ...index, expression: "#letterShelf = :shelf AND #lastAt < :instant", values }, limit),
    ]);
    return [...same.filter((item) => placeOf(Letter.parse(item)) < before), ...older];
  }

  private async withStoredBody(letter: Letter): Promise<Letter> {
    const { body, letterId } = letter;
    if (body === undefined || this.bodies === undefined || Buffer.byteLength(body) <= BODY_LIMIT_BYTES) return letter;
    return { ...letter, body: undefined, bodyKey: await this.bodies.putLetterBody(letterId, body) };
  }
}

function letterKey(letterId: string): Key {
  return { pk: `LETTER#${letterId}`, sk: "META" };
}

export function shelf(state: LetterState, fingerprint: string): string {
  return `${state}#${fingerprint}`;
}

/** Where a letter stands in a listing. */
function placeOf({ lastAt, letterId }: Letter): string {
  return `${lastAt}~${letterId}`;
}

/** Open letters never expire; a closed one stays as long as the runs. */
function expiry({ state, history, lastAt }: Letter): { expiresAt?: number } {
  if (state !== "resolved" && state !== "discarded") return {};
  return { expiresAt: Math.floor(Date.parse(history.at(-1)?.at ?? lastAt) / 1000) + CLOSED_SECONDS };
}
