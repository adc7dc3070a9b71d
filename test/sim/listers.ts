/** People who register a list of calendars, and send the same list again until each row has its end: nothing is ever there twice. */
import type * as z from "zod";

import { CalendarDraft } from "../../lib/contract/calendar.ts";
import type { Calendar } from "../../lib/contract/calendar.ts";
import { importList } from "../../lib/sync/import-list.ts";
import type { ListedRow, RowEnd } from "../../lib/sync/import-list.ts";
import type { Counter } from "./counter.ts";
import { Errand } from "./errands.ts";
import type { Process } from "./simulation.ts";

type List = { readonly ownerId: string; readonly rows: readonly ListedRow[]; readonly errand: Errand };

/** Nobody can fetch it. */
const BAD_URL = "ftp://host1.example/a.ics";
/** Longer than a name waits for a calendar that a crash kept from coming. */
const CLAIM_MS = 180_000;

export class Listers {
  private readonly counter: Counter;
  private readonly lists: readonly List[];

  constructor(counter: Counter) {
    this.counter = counter;
    const [one, two] = [counter.weather.addSource().url, counter.weather.addSource().url];
    const pulled = { kind: "url", url: one } as const;
    const named = ["room-1", "room-2", "room-3"].map((externalId) => ({ source: { kind: "push" } as const, externalId }));
    this.lists = [
      // One after the other: of a url alone nobody can take possession.
      this.list("lists", [
        { source: pulled, intervalMinutes: 15 },
        { source: { kind: "url", url: BAD_URL } },
        { source: { kind: "url", url: one.replace("https:", "webcal:") } },
        ...named.slice(0, 2),
        { source: { kind: "url", url: two }, externalId: "room-9", intervalMinutes: 15 },
      ]),
      this.list("names", named),
    ];
  }

  minute(): void {
    const { random } = this.counter;
    const [urls, names] = this.lists;
    const list = random.chance(0.5) ? urls : names;
    if (list === undefined) return;
    if (list.errand.isDone) this.again(list);
    else list.errand.go();
    // Two who do not know of each other; a name is only one calendar's.
    if (list === names && random.chance(0.5)) this.send(list);
  }

  settle(): void {
    this.counter.simulation.skip(CLAIM_MS);
    for (const { errand } of this.lists) errand.go();
  }

  check(): void {
    for (const { ownerId, rows, errand } of this.lists) {
      this.counter.must(errand.isDone, `the list of ${ownerId} was not registered, although all is well`);
      this.mustBeOnce(ownerId);
      for (const name of new Set(rows.flatMap(nameIn))) {
        const isThere = name === BAD_URL || this.ownedBy(ownerId).some((calendar) => namesOf(calendar).includes(name));
        this.counter.must(isThere, `${name} of the list of ${ownerId} is not there`);
      }
    }
  }

  private list(ownerId: string, drafts: readonly z.input<typeof CalendarDraft>[]): List {
    const rows = drafts.map((draft, index): ListedRow => {
      const parsed = CalendarDraft.parse({ intervalMinutes: 15, firstImport: "turn", ...draft, ownerId });
      return { line: index + 1, draft: parsed };
    });
    const list: List = { ownerId, rows, errand: new Errand(() => this.send(list)) };
    return list;
  }

  private send(list: List): Process {
    const { counter } = this;
    const { ownerId, rows, errand } = list;
    return counter.ask(`list of ${ownerId}`, async (ports) => {
      const ends: RowEnd[] = [];
      for await (const end of importList(rows, { dryRun: false }, ports, counter.context())) {
        this.mustBeSo(ownerId, rows, end);
        ends.push(end);
      }
      counter.must(ends.length === rows.length, `${rows.length} rows had ${ends.length} ends`);
      // A name that a crash keeps is free again in a while.
      if (ends.every(({ outcome, code }) => outcome !== "failed" || code === "url-invalid")) errand.isDone = true;
    });
  }

  /** The same list again makes nothing, and says of nothing that it would be made. */
  private again({ ownerId, rows }: List): void {
    const { counter } = this;
    const dryRun = counter.random.chance(0.5);
    counter.ask(`list of ${ownerId} again`, async (ports) => {
      for await (const end of importList(rows, { dryRun }, ports, counter.context())) {
        this.mustBeSo(ownerId, rows, end);
        const isLeft = end.outcome === "there" || end.code === "url-invalid";
        counter.must(isLeft, `row ${end.line} of a list that was registered ended ${end.outcome}`);
      }
    });
  }

  private mustBeSo(ownerId: string, rows: readonly ListedRow[], { line, outcome, calendarId = "", code }: RowEnd): void {
    const { counter } = this;
    const names = rows.filter((row) => row.line === line).flatMap(nameIn);
    const calendar = counter.simulation.world.calendars.metas.get(calendarId);
    this.mustBeOnce(ownerId);
    if (outcome === "made" || outcome === "there") {
      const isIt = calendar?.ownerId === ownerId && names.every((name) => namesOf(calendar).includes(name));
      counter.must(isIt, `row ${line} of the list of ${ownerId} is ${outcome} as ${calendarId}, which is ${calendar?.state}`);
      return;
    }
    const isBad = names.includes(BAD_URL);
    const isRight = outcome === "failed" && (code === "url-invalid") === isBad;
    const isTaken = code === "external-id-taken" && names.some((name) => this.isTaken(ownerId, name));
    counter.must(isRight && (isBad || isTaken), `row ${line} of the list of ${ownerId} ended ${outcome} ${code}`);
  }

  private isTaken(ownerId: string, externalId: string): boolean {
    const claims = [...this.counter.simulation.world.externalIds.claims.values()];
    return claims.some((claim) => claim.ownerId === ownerId && claim.externalId === externalId);
  }

  private mustBeOnce(ownerId: string): void {
    const names = this.ownedBy(ownerId).flatMap(namesOf);
    const twice = names.filter((name, index) => names.indexOf(name) !== index);
    this.counter.must(twice.length === 0, `${ownerId} has ${twice.join(" and ")} twice`);
  }

  private ownedBy(ownerId: string): readonly Calendar[] {
    const { calendars } = this.counter.simulation.world;
    return [...calendars.metas.values()].filter(
      (calendar) => calendar.ownerId === ownerId && calendars.isFound(calendar.calendarId),
    );
  }
}

/** What a row is known by. */
function nameIn(row: ListedRow): string[] {
  return "draft" in row ? namesOf(row.draft) : [];
}

/** A webcal address is an https one. */
function namesOf({ source, externalId }: Pick<CalendarDraft, "source" | "externalId">): string[] {
  const names = source.kind === "url" ? [source.url.replace("webcal:", "https:")] : [];
  return externalId === undefined ? names : [externalId, ...names];
}
