/** Keys and links: a secret is shown once and opens what it was made for, until it ends, is replaced or revoked. */
import type { CreatedKey, Key } from "../../lib/contract/key.ts";
import type { Link } from "../../lib/contract/feed.ts";
import { keyIdOf } from "../../lib/core/keys.ts";
import { linkIdOf, standingOf } from "../../lib/core/links.ts";
import { hashSecret, readToken } from "../../lib/core/secret.ts";
import { createKey } from "../../lib/sync/create-key.ts";
import { createLink } from "../../lib/sync/create-link.ts";
import type { CreatedLink } from "../../lib/sync/create-link.ts";
import { revokeKey } from "../../lib/sync/revoke-key.ts";
import { revokeLink } from "../../lib/sync/revoke-link.ts";
import { rotateLink } from "../../lib/sync/rotate-link.ts";
import { breakOffEverywhere, interpose } from "./broken-off.ts";
import { callsOf } from "./calls.ts";
import type { Ports } from "./desk.ts";
import type { Drill } from "./drill.ts";

const HOUR_MS = 3_600_000;
const GRACE_DAYS = 7;

export async function drillKeys(drill: Drill): Promise<void> {
  await drillKeyEnds(drill);
  await drillKeyScopes(drill);
  await drillKeyRevoked(drill);
  await drillKeyRevokedByTwo(drill);
}

export async function drillLinks(drill: Drill): Promise<void> {
  const [feedId = "none"] = drill.weather.feedIds;
  await drillLinkEnds(drill, feedId);
  await drillLinkRotated(drill, feedId);
  await drillRotatedTwice(drill, feedId);
  await drillLinkRevoked(drill, feedId);
  await drillLinkRevokedByTwo(drill, feedId);
  await drillRotationBroken(drill, feedId);
}

/** A key with an end that is past would never open anything: none is made. The very instant of its end is past. */
async function drillKeyEnds(drill: Drill): Promise<void> {
  const { stored } = drill.simulation.desk.keys;
  const { nowMs } = drill.simulation;
  for (const [aheadMs, isMade] of [
    [-HOUR_MS, false],
    [0, false],
    [1, true],
    [HOUR_MS, true],
  ] as const) {
    const expiresAt = new Date(nowMs + aheadMs).toISOString();
    const before = stored.size;
    const made = await makeKey(drill, { expiresAt }, nowMs);
    const text = `a key that ends ${aheadMs} ms from now`;
    drill.must(drill.refused === (isMade ? undefined : "body-invalid"), `${text}: ${drill.refused}`);
    drill.must(stored.size - before === (isMade ? 1 : 0), `${text} left ${stored.size - before} keys`);
    drill.must(made?.expiresAt === (isMade ? expiresAt : undefined), `${text} was answered with ${made?.expiresAt}`);
    if (made !== undefined) drill.must(keyOf(drill, made)?.endsAt === expiresAt, `${text} ends ${keyOf(drill, made)?.endsAt}`);
  }
}

/** Without an owner it is an operator's key, with one it reaches what is that owner's. */
async function drillKeyScopes(drill: Drill): Promise<void> {
  for (const ownerId of [undefined, "ann"]) {
    const made = await makeKey(drill, ownerId === undefined ? {} : { ownerId });
    const key = made === undefined ? undefined : keyOf(drill, made);
    const scope = ownerId === undefined ? "admin" : "owner";
    const isSo = key?.scope === scope && key.ownerId === ownerId && key.endsAt === undefined && key.state === "active";
    drill.must(isSo, `a key of ${ownerId} is ${JSON.stringify(key)}`);
    drill.must(made?.scope === scope && made.ownerId === ownerId, `a key of ${ownerId} was answered as ${made?.scope}`);
  }
}

/** It is refused from then on; who revokes it once more changes nothing, for it ended when it ended. */
async function drillKeyRevoked(drill: Drill): Promise<void> {
  await drill.ask("revoke nobody's", revoking(drill, "nobody"));
  drill.must(drill.refused === "key-unknown", `a key that is not there was revoked: ${drill.refused}`);
  const [one, other] = [await makeKey(drill, {}), await makeKey(drill, {})];
  if (one === undefined || other === undefined) return drill.must(false, "two keys were made and are not there");
  await drill.ask("revoke", revoking(drill, one.keyId));
  const { state, revokedAt } = keyOf(drill, one) ?? {};
  drill.must(state === "revoked" && revokedAt !== undefined, `a revoked key is ${state} since ${revokedAt}`);
  drill.must(keyOf(drill, other)?.state === "active", "another key was revoked as well");
  drill.simulation.skip(HOUR_MS);
  let again: Key | undefined;
  const calls = await callsOf(drill, "revoke again", async (ports) => {
    again = await revoking(drill, one.keyId)(ports);
  });
  drill.must(again?.revokedAt === revokedAt, `a key that was revoked at ${revokedAt} was revoked at ${again?.revokedAt}`);
  drill.must(calls.join() === "keys.keyById", `a revoked key was revoked by ${calls.join(", ")}`);
}

/** Two at once: both hear when it ended. */
async function drillKeyRevokedByTwo(drill: Drill): Promise<void> {
  const made = await makeKey(drill, {});
  if (made === undefined) return drill.must(false, "a key was made and is not there");
  const revoke = revoking(drill, made.keyId);
  const rival = { name: "revoke", work: async (ports: Ports): Promise<void> => void (await revoke(ports)) };
  let late: Key | undefined;
  await interpose(drill, { at: "keys.revokeKey", rival }, async () => {
    await drill.ask("revoke late", async (ports) => {
      late = await revoke(ports);
    });
  });
  const { revokedAt } = keyOf(drill, made) ?? {};
  const isSame = late?.state === "revoked" && late.revokedAt === revokedAt;
  drill.must(isSame, `a key ended at ${revokedAt}, and who revoked it heard ${late?.revokedAt}`);
}

/** As long as it lives, and for ever where nobody says how long; none is made that never works. */
async function drillLinkEnds(drill: Drill, feedId: string): Promise<void> {
  const { feeds } = drill.simulation.world;
  const expiresAt = new Date(drill.simulation.nowMs + HOUR_MS).toISOString();
  for (const end of [undefined, expiresAt]) {
    const made = await makeLink(drill, feedId, end);
    const link = made === undefined ? undefined : linkOf(drill, made);
    drill.must(standsAs(drill, link, "active"), "a link was made and opens nothing");
    drill.must(link?.endsAt === end, `a link that ends at ${end} ends at ${link?.endsAt}`);
  }
  const short = await makeLink(drill, feedId, expiresAt);
  drill.simulation.skip(HOUR_MS);
  if (short === undefined) return drill.must(false, "a link was made and is not there");
  await mustStayEnded(drill, short, "a link that expired");
  const before = feeds.links.size;
  await makeLink(drill, feedId, new Date(drill.simulation.nowMs).toISOString());
  drill.must(
    drill.refused === "body-invalid" && feeds.links.size === before,
    `a link was made that never works: ${drill.refused}`,
  );
  await makeLink(drill, "nobody", undefined);
  drill.must(drill.refused === "feed-unknown" && feeds.links.size === before, `a link of no feed was made: ${drill.refused}`);
}

/** The new one is there before the old one has an end, with its label and its end; the old one works through its grace. */
async function drillLinkRotated(drill: Drill, feedId: string): Promise<void> {
  const { feeds } = drill.simulation.world;
  const old = await makeLink(drill, feedId, new Date(drill.simulation.nowMs + 30 * 24 * HOUR_MS).toISOString());
  if (old === undefined) return drill.must(false, "a link was made and is not there");
  const before = feeds.links.size;
  let made: CreatedLink | undefined;
  await callsOf(
    drill,
    "rotate",
    async (ports) => {
      made = await rotate(drill, old)(ports);
    },
    (method) =>
      drill.must(method !== "links.retireLink" || feeds.links.size === before + 1, "a link ended before its successor was there"),
  );
  if (made === undefined) return drill.must(false, `a link was not rotated: ${drill.refused}`);
  const [one, other] = [linkOf(drill, old), linkOf(drill, made)];
  drill.must(standsAs(drill, other, "active"), "a rotated link's successor opens nothing");
  drill.must(other?.label === one?.label && other?.endsAt === one?.endsAt, "a rotated link's successor is another one's");
  drill.must(standsAs(drill, one, "grace"), "a rotated link ended at once");
  drill.must(one?.successor === linkIdOf(made.link), `a rotated link's successor is said to be ${one?.successor}`);
  await mustStayEnded(drill, old, "a rotated link");
}

/** What opens nothing any more, or has a successor, has no secret to replace: nothing is made and taken away again. */
async function mustStayEnded(drill: Drill, made: CreatedLink, what: string): Promise<void> {
  const calls = await callsOf(drill, "rotate what ended", rotate(drill, made));
  drill.must(drill.refused === "link-ended", `${what} was to be rotated: ${drill.refused}`);
  drill.must(calls.join() === "feeds.load", `${what} was to be rotated, and it cost ${calls.join(", ")}`);
}

/** Two at once: one has the new secret, the other is refused, and no link is left that nobody knows. */
async function drillRotatedTwice(drill: Drill, feedId: string): Promise<void> {
  const { feeds } = drill.simulation.world;
  const old = await makeLink(drill, feedId, undefined);
  if (old === undefined) return drill.must(false, "a link was made and is not there");
  const before = feeds.links.size;
  const rival = { name: "rotate", work: async (ports: Ports): Promise<void> => void (await rotate(drill, old)(ports)) };
  await interpose(drill, { at: "links.retireLink", rival }, async () => await drill.ask("rotate late", rotate(drill, old)));
  drill.must(drill.refused === "link-ended", `a link was rotated by two: ${drill.refused}`);
  drill.must(feeds.links.size === before + 1, `a link that was rotated by two has ${feeds.links.size - before} successors`);
  const successor = [...feeds.links.values()].find((link) => linkIdOf(link) === linkOf(drill, old)?.successor);
  drill.must(standsAs(drill, successor, "active"), "the successor opens nothing");
}

/** From now on it opens nothing; once more changes nothing, and nobody rotates it. */
async function drillLinkRevoked(drill: Drill, feedId: string): Promise<void> {
  const { clock } = drill.simulation.world;
  const made = await makeLink(drill, feedId, undefined);
  if (made === undefined) return drill.must(false, "a link was made and is not there");
  const named = { feedId, linkId: linkIdOf(made.link) };
  const revoke = async (ports: Ports): Promise<Link> => await revokeLink(named, ports, clock.now());
  await drill.ask("revoke", revoke);
  const link = linkOf(drill, made);
  drill.must(link?.state === "revoked" && link.revokedAt !== undefined, `a revoked link is ${link?.state}`);
  drill.simulation.skip(HOUR_MS);
  let again: Link | undefined;
  const calls = await callsOf(drill, "revoke again", async (ports) => {
    again = await revoke(ports);
  });
  const isSame = again?.revokedAt === link?.revokedAt && again?.state === "revoked";
  drill.must(isSame, `a link that was revoked at ${link?.revokedAt} was revoked at ${again?.revokedAt}`);
  drill.must(calls.join() === "feeds.load", `a revoked link was revoked by ${calls.join(", ")}`);
  await mustStayEnded(drill, made, "a revoked link");
  await drill.ask("revoke nobody's", async (ports) => await revokeLink({ feedId, linkId: "nobody" }, ports, clock.now()));
  drill.must(drill.refused === "link-unknown", `a link that is not there was revoked: ${drill.refused}`);
}

/** Two at once: both hear when it ended. */
async function drillLinkRevokedByTwo(drill: Drill, feedId: string): Promise<void> {
  const made = await makeLink(drill, feedId, undefined);
  if (made === undefined) return drill.must(false, "a link was made and is not there");
  const named = { feedId, linkId: linkIdOf(made.link) };
  const { nowMs } = drill.simulation;
  const rival = {
    name: "revoke",
    work: async (ports: Ports): Promise<void> => void (await revokeLink(named, ports, new Date(nowMs - 1))),
  };
  let late: Link | undefined;
  await interpose(drill, { at: "links.revokeLink", rival }, async () => {
    await drill.ask("revoke late", async (ports) => {
      late = await revokeLink(named, ports, new Date(nowMs));
    });
  });
  const { revokedAt } = linkOf(drill, made) ?? {};
  const isSame = late?.state === "revoked" && late.revokedAt === revokedAt && revokedAt === new Date(nowMs - 1).toISOString();
  drill.must(isSame, `a link ended at ${revokedAt}, and who revoked it heard ${late?.revokedAt}`);
}

/** Wherever a rotation is broken off, subscribers are served by the old secret, and whoever asks again has a new one or its id. */
async function drillRotationBroken(drill: Drill, feedId: string): Promise<void> {
  const { feeds } = drill.simulation.world;
  let old: CreatedLink | undefined;
  await breakOffEverywhere(drill, {
    name: "rotate",
    before: async () => {
      // Of a feed that has as many as it may have nobody makes one more.
      feeds.links.clear();
      old = await makeLink(drill, feedId, undefined);
    },
    work: async (ports) => {
      if (old !== undefined) await rotate(drill, old)(ports);
    },
    after: (where) => {
      const link = old === undefined ? undefined : linkOf(drill, old);
      const successor = [...feeds.links.values()].find((other) => linkIdOf(other) === link?.successor);
      drill.must(standsAs(drill, link, "grace"), `a rotated link does not serve: ${where}`);
      drill.must(successor?.state === "active", `a rotated link has no successor: ${where}`);
    },
  });
}

function revoking({ simulation }: Drill, keyId: string): (ports: Ports) => Promise<Key> {
  return async ({ keys }) => await revokeKey(keyId, keys, simulation.world.clock.now);
}

/** @param atMs what the clock says to whoever makes it */
async function makeKey(
  drill: Drill,
  fields: { readonly ownerId?: string; readonly expiresAt?: string },
  atMs = drill.simulation.nowMs,
): Promise<CreatedKey | undefined> {
  const { randomBytes } = drill.simulation.world;
  const seen: { made?: CreatedKey } = {};
  await drill.ask("create key", async ({ keys }) => {
    seen.made = await createKey({ label: "drill", ...fields }, { keys }, { now: () => new Date(atMs), randomBytes });
  });
  return seen.made;
}

/** The record that the secret opens. */
function keyOf({ simulation }: Drill, { key: secret, keyId }: CreatedKey): Key | undefined {
  const key = simulation.desk.keys.stored.get(hashSecret(secret));
  return key !== undefined && keyIdOf(key) === keyId ? key : undefined;
}

async function makeLink(drill: Drill, feedId: string, expiresAt: string | undefined): Promise<CreatedLink | undefined> {
  const { randomBytes, clock } = drill.simulation.world;
  const seen: { made?: CreatedLink } = {};
  const draft = { label: "drill", ...(expiresAt === undefined ? {} : { expiresAt }) };
  await drill.ask("create link", async (ports) => {
    seen.made = await createLink(feedId, draft, ports, { now: clock.now, randomBytes });
  });
  return seen.made;
}

function rotate(drill: Drill, { feed: { feedId }, link }: CreatedLink): (ports: Ports) => Promise<CreatedLink> {
  const { randomBytes, clock } = drill.simulation.world;
  const named = { feedId, linkId: linkIdOf(link) };
  return async (ports) => await rotateLink(named, GRACE_DAYS, ports, { now: clock.now, randomBytes });
}

function standsAs({ simulation }: Drill, link: Link | undefined, standing: ReturnType<typeof standingOf>): boolean {
  return link !== undefined && standingOf(link, simulation.world.clock.now()) === standing;
}

/** The record that the token opens. */
function linkOf({ simulation }: Drill, { token }: CreatedLink): Link | undefined {
  const { feedId = "", secret = "" } = readToken(token) ?? {};
  return simulation.world.feeds.links.get(`${feedId} ${hashSecret(secret)}`);
}
