/** A calendar's objects: snapshots, change sets and held bodies, each gzip. */
import { ChangeSet } from "../contract/change.ts";
import type { Snapshot } from "../contract/snapshot.ts";
import type { StoredSnapshot } from "../sync/kept-versions.ts";
import { versionName } from "../core/object-keys.ts";
import { oldKeys } from "../core/old-objects.ts";
import type { StoredChanges } from "../sync/list-changes.ts";
import { gunzip, gzip } from "./compress.ts";
import type { ObjectClient, ObjectKind } from "./object-client.ts";
import { getSnapshot, putSnapshot } from "./snapshot-object.ts";

const JSON_TEXT: ObjectKind = { contentType: "application/json", contentEncoding: "gzip" };
const HELD: ObjectKind = { contentType: "application/octet-stream", contentEncoding: "gzip" };

const PRUNE_EVERY = 4;
const SNAPSHOT_KEPT_MS = 24 * 3_600_000;
/** A day longer than apps may ask for them: a page that was begun is finished. */
const CHANGES_KEPT_MS = 31 * SNAPSHOT_KEPT_MS;

export class CalendarObjects {
  private readonly client: ObjectClient;

  constructor(client: ObjectClient) {
    this.client = client;
  }

  async putSnapshot(key: string, snapshot: Snapshot): Promise<void> {
    await putSnapshot(this.client, key, snapshot);
  }

  async getSnapshot(key: string): Promise<Snapshot> {
    return await getSnapshot(this.client, key);
  }

  async putChanges(key: string, changes: ChangeSet): Promise<void> {
    await this.client.put(key, await gzip(JSON.stringify(changes)), JSON_TEXT);
  }

  async getChanges(key: string): Promise<ChangeSet> {
    return ChangeSet.parse(JSON.parse(Buffer.from(await this.getHeld(key)).toString()));
  }

  async putHeld(calendarId: string, holdId: string, bytes: Uint8Array): Promise<string> {
    const key = `snapshots/${calendarId}/held-${holdId}`;
    await this.client.put(key, await gzip(bytes), HELD);
    return key;
  }

  async getHeld(key: string): Promise<Uint8Array> {
    return await gunzip(await this.client.get(key));
  }

  async snapshots(calendarId: string): Promise<readonly StoredSnapshot[]> {
    const prefix = `snapshots/${calendarId}/`;
    const stored = (await this.client.list(prefix)).map(({ key }) => ({
      calendarVersion: versionIn(key.slice(prefix.length)),
      key,
    }));
    return stored.filter(({ calendarVersion }) => calendarVersion > 0);
  }

  async changeSets(calendarId: string, after: number): Promise<readonly StoredChanges[]> {
    const prefix = `changes/${calendarId}/`;
    // The character after the hyphen's: behind every key of that version.
    const stored = await this.client.list(prefix, `${prefix}${versionName(after)}.`);
    return stored.map(({ key, modifiedMs }) => ({
      calendarVersion: versionIn(key.slice(prefix.length)),
      key,
      storedMs: modifiedMs,
    }));
  }

  /** A commit has ended every hold by now, so that old held bodies go as well. */
  async prune(calendarId: string, calendarVersion: number, now: Date): Promise<void> {
    if (calendarVersion % PRUNE_EVERY !== 0) return;
    const kept = [
      { prefix: `snapshots/${calendarId}/`, keptMs: SNAPSHOT_KEPT_MS },
      { prefix: `changes/${calendarId}/`, keptMs: CHANGES_KEPT_MS },
    ];
    for (const { prefix, keptMs } of kept) {
      const objects = (await this.client.list(prefix)).map(({ key, modifiedMs }) => ({
        key,
        version: versionIn(key.slice(prefix.length)),
        modifiedMs,
      }));
      await this.client.delete(oldKeys(objects, { calendarVersion, keptMs, now }));
    }
  }
}

/** `<version>-<hash>`; a held body has no version and is older than all. */
function versionIn(name: string): number {
  const version = Number.parseInt(name, 10);
  return Number.isNaN(version) ? 0 : version;
}
