/** Keys of the API in a storm: a key that was answered opens the API until it is revoked or over, and a revoked one never does again. */
import { Hono } from "hono";

import { authenticate } from "../../lib/api/authenticate.ts";
import { KeyDraft } from "../../lib/contract/key.ts";
import type { CreatedKey, Key } from "../../lib/contract/key.ts";
import { keyIdOf } from "../../lib/core/keys.ts";
import { Refusal } from "../../lib/core/failure.ts";
import { hashSecret } from "../../lib/core/secret.ts";
import { createKey } from "../../lib/sync/create-key.ts";
import { revokeKey } from "../../lib/sync/revoke-key.ts";
import type { Counter, Office } from "./counter.ts";
import type { Ports } from "./desk.ts";
import type { Process } from "./simulation.ts";

const OWNER = "keyed";
const MOST = 8;
const MINUTE_MS = 60_000;
/** Who asks for the same as somebody else comes as late as this. */
const LATE_MS = 100;
const PAGE = 3;

/** What somebody asked for, and what came of it. */
type Wanted = {
  readonly draft: KeyDraft;
  making: Process | undefined;
  made: CreatedKey | undefined;
  revocation: "none" | "asked" | "told";
  /** As the first who was answered heard it. */
  revokedAt: string | undefined;
  /** Nobody was given its secret, and whatever there was of it was revoked. */
  isCleared: boolean;
};
/** Somebody has its secret. */
type Known = Wanted & { readonly made: CreatedKey };

export class KeyRing implements Required<Office> {
  private readonly counter: Counter;
  /** By label; each is asked for once. */
  private readonly wanted = new Map<string, Wanted>();

  constructor(counter: Counter) {
    this.counter = counter;
  }

  minute(): void {
    const { random } = this.counter;
    if (this.wanted.size < MOST && random.chance(0.3)) this.make();
    const lost = this.lost();
    if (lost.length > 0 && random.chance(0.3)) this.clearUp(random.pick(lost));
    if (random.chance(0.08)) this.list(random.chance(0.5) ? OWNER : undefined);
    const known = this.known();
    if (known.length > 0) this.work(known);
  }

  private work(known: readonly Known[]): void {
    const { random } = this.counter;
    if (random.chance(0.4)) this.use(random.pick(known));
    if (random.chance(0.06)) this.show(random.pick(known));
    if (random.chance(0.15)) this.revoke(random.pick(known), random.between(1, 2));
    // Whoever heard nothing asks again.
    const unsure = known.filter(({ revocation }) => revocation === "asked");
    if (unsure.length > 0 && random.chance(0.4)) this.revoke(random.pick(unsure), 1);
  }

  settle(): void {
    for (const one of this.known()) if (one.revocation === "asked") this.revoke(one, 1);
    for (const one of this.lost()) this.clearUp(one);
  }

  async check(): Promise<void> {
    const { desk, world } = this.counter.simulation;
    const ports = desk.portsWith(async (_method, effect) => await effect());
    for (const one of this.wanted.values()) {
      const records = [...desk.keys.stored.values()].filter(({ label }) => label === one.draft.label);
      this.mustBeAsked(one, records);
      const open = records.filter(({ state }) => state === "active");
      this.must(!one.isCleared || open.length === 0, `${one.draft.label}, which nobody has, opens the API`);
    }
    for (const one of this.known()) {
      const { keyId, key } = one.made;
      const record = desk.keys.stored.get(hashSecret(key));
      this.must(
        record?.revokedAt === one.revokedAt,
        `key ${keyId} ended at ${one.revokedAt} and is said to at ${record?.revokedAt}`,
      );
      const isOpen = one.revocation === "none" && !isOver(one, world.clock.nowMs);
      const seen = await this.knock(one, ports).then(
        () => "taken",
        (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
      );
      this.must(seen === (isOpen ? "taken" : "key-invalid"), `key ${keyId}, revoked ${one.revokedAt}, is ${seen}`);
    }
  }

  private known(): Known[] {
    return [...this.wanted.values()].filter(isKnown);
  }

  /** Asked for by somebody who waits for no answer any more. */
  private lost(): Wanted[] {
    return [...this.wanted.values()].filter((one) => one.making?.state !== "running" && !isKnown(one) && !one.isCleared);
  }

  private make(): void {
    const { random, simulation } = this.counter;
    const label = `app ${this.wanted.size}`;
    const endMs = simulation.nowMs + random.between(10, 240) * MINUTE_MS;
    const draft = KeyDraft.parse({
      label,
      ...(random.chance(0.6) ? { ownerId: OWNER } : {}),
      ...(random.chance(0.3) ? { expiresAt: new Date(endMs).toISOString() } : {}),
    });
    const one: Wanted = {
      draft,
      making: undefined,
      made: undefined,
      revocation: "none",
      revokedAt: undefined,
      isCleared: false,
    };
    this.wanted.set(label, one);
    one.making = this.counter.ask(`make a key for ${label}`, async ({ keys }) => {
      one.made = await createKey(draft, { keys }, this.counter.context());
    });
  }

  private use(one: Known): void {
    const { simulation } = this.counter;
    const { keyId } = one.made;
    const [was, sinceMs] = [one.revocation, simulation.nowMs];
    this.counter.ask(
      `use key ${keyId}`,
      async (ports) => {
        await this.knock(one, ports);
        this.must(was !== "told", `key ${keyId} was revoked, and is still taken`);
        this.must(!isOver(one, sinceMs), `key ${keyId} ended at ${one.draft.expiresAt}, and is still taken`);
      },
      ({ code, what }) => {
        const isEnded = one.revocation !== "none" || isOver(one, simulation.nowMs);
        this.must(code === "key-invalid" && isEnded, `key ${keyId} was made and never ended, and is refused: ${what}`);
      },
    );
  }

  /** Asks the API as its holder. */
  private async knock({ made, draft }: Known, ports: Ports): Promise<void> {
    const { now } = this.counter.context();
    const { keys, ownerRecords } = ports;
    const app = new Hono();
    app.use(authenticate({ keys, ownerRecords, now, reportFault: () => undefined }));
    app.get("/", (context) => context.json(context.get("caller")));
    app.onError((error) => {
      throw error;
    });
    const answer = await app.request("/", { headers: { authorization: `Bearer ${made.key}` } });
    const { ownerId } = draft;
    const caller = ownerId === undefined ? { scope: "admin" } : { scope: "owner", ownerId };
    const wanted = JSON.stringify({ ...caller, keyId: made.keyId });
    const seen = await answer.text();
    this.must(seen === wanted, `whoever has key ${made.keyId} is ${seen}, wanted ${wanted}`);
  }

  private show(one: Known): void {
    const was = one.revocation;
    this.counter.ask(`show key ${one.made.keyId}`, async ({ keys }) => {
      this.mustShow(one, was, await keys.keyById(one.made.keyId));
    });
  }

  private list(ownerId: string | undefined): void {
    const listed = this.known().filter(({ draft }) => ownerId === undefined || draft.ownerId === ownerId);
    const were = listed.map((one) => ({ one, was: one.revocation }));
    this.counter.ask(`list the keys of ${ownerId}`, async ({ keys }) => {
      const found = await everyKey(ownerId, keys);
      for (const { one, was } of were) {
        const shown = found.find((key) => keyIdOf(key) === one.made.keyId);
        this.mustShow(one, was, shown);
      }
      const isTheirs = ownerId === undefined || found.every((key) => key.ownerId === ownerId);
      this.must(isTheirs, `keys of others are listed as those of ${ownerId}`);
    });
  }

  /** @param was what was known of its revocation before it was looked at */
  private mustShow({ made, revocation }: Known, was: Wanted["revocation"], shown: Key | undefined): void {
    const isSo = shown?.state === "revoked" ? revocation !== "none" : shown !== undefined && was !== "told";
    this.must(isSo, `key ${made.keyId}, whose revocation was ${was}, is shown as ${shown?.state}`);
  }

  private revoke(one: Known, times: number): void {
    const { random, simulation } = this.counter;
    for (let n = 0; n < times; n += 1) simulation.at(n * random.between(0, LATE_MS), () => this.revokeOne(one));
  }

  private revokeOne(one: Known): void {
    const { keyId } = one.made;
    if (one.revocation === "none") one.revocation = "asked";
    this.counter.ask(
      `revoke key ${keyId}`,
      async ({ keys }) => {
        const { state, revokedAt } = await revokeKey(keyId, keys, this.counter.context().now);
        this.must(state === "revoked" && revokedAt !== undefined, `key ${keyId} was revoked and is ${state} since ${revokedAt}`);
        one.revokedAt ??= revokedAt;
        const again = `key ${keyId} was revoked at ${one.revokedAt}, and who asked once more heard ${revokedAt}`;
        this.must(revokedAt === one.revokedAt, again);
        one.revocation = "told";
      },
      ({ what }) => this.must(false, `key ${keyId} is there, and nobody can revoke it: ${what}`),
    );
  }

  /** Who was given no secret looks whether there is a key all the same, and ends it. */
  private clearUp(one: Wanted): void {
    const { label, ownerId } = one.draft;
    this.counter.ask(`look for the key of ${label}`, async ({ keys }) => {
      const found = (await everyKey(ownerId, keys)).filter((key) => key.label === label);
      this.mustBeAsked(one, found);
      for (const key of found) await revokeKey(keyIdOf(key), keys, this.counter.context().now);
      one.isCleared = true;
    });
  }

  /** One key as it was wanted; where nobody was answered, perhaps none. */
  private mustBeAsked({ draft, made }: Wanted, records: readonly Key[]): void {
    const { label, ownerId, expiresAt } = draft;
    const isCounted = made === undefined ? records.length <= 1 : records.length === 1;
    this.must(isCounted, `${label} has ${records.length} keys, answered: ${made?.keyId}`);
    for (const key of records) {
      const isSo =
        key.scope === (ownerId === undefined ? "admin" : "owner") && key.ownerId === ownerId && key.endsAt === expiresAt;
      this.must(isSo, `${label} wanted a key of ${ownerId} until ${expiresAt} and has ${JSON.stringify(key)}`);
    }
  }

  private must(isSo: boolean, otherwise: string): void {
    this.counter.must(isSo, otherwise);
  }
}

function isKnown(one: Wanted): one is Known {
  return one.made !== undefined;
}

function isOver({ draft: { expiresAt } }: Wanted, nowMs: number): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= nowMs;
}

async function everyKey(ownerId: string | undefined, keys: Ports["keys"]): Promise<Key[]> {
  const found: Key[] = [];
  let cursor: string | undefined;
  do {
    const page = await keys.keys(ownerId, { limit: PAGE, cursor });
    found.push(...page.items);
    ({ cursor } = page);
  } while (cursor !== undefined);
  return found;
}
