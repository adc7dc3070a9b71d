/** Downloads in the table: the record and its parts below one key, and who holds a fingerprint; all of it goes after a month. */
import { Download, DownloadPart } from "../contract/download.ts";
import type { DownloadState } from "../contract/download.ts";
import type { LoadedDownload } from "../sync/make-download.ts";
import type { Page, PageRequest } from "../sync/registry.ts";
import { readOwned } from "./pages.ts";
import type { Item, Key } from "./expressions.ts";
import type { RecordTable } from "./record-table.ts";

const META = "META";
const PART = "PART#";
const KEPT_SECONDS = 30 * 86_400;
const LOADED_AT_ONCE = 8;

export class DownloadTable {
  private readonly table: RecordTable;

  constructor(table: RecordTable) {
    this.table = table;
  }

  async load(downloadId: string): Promise<LoadedDownload | undefined> {
    const items = await this.table.query({ expression: "#pk = :pk", values: { ":pk": downloadKey(downloadId).pk } });
    const meta = items.find((item) => item["sk"] === META);
    if (meta === undefined) return undefined;
    const parts = items.filter((item) => String(item["sk"]).startsWith(PART)).map((item) => DownloadPart.parse(item));
    return { download: Download.parse(meta), parts };
  }

  async create(download: Download): Promise<void> {
    const { downloadId, requestedAt } = download;
    const ownedKey = `DOWNLOAD#${requestedAt}#${downloadId}`;
    await this.table.put({ ...downloadKey(downloadId), ...download, ownedKey, ...expiry(requestedAt) });
  }

  async remove(downloadId: string): Promise<void> {
    await this.table.delete(downloadKey(downloadId));
  }

  async move(
    downloadId: string,
    from: readonly DownloadState[],
    set: Partial<Download>,
    remove: readonly (keyof Download)[] = [],
  ): Promise<Download | undefined> {
    const names = from.map((_, index) => `:from${index}`);
    const values = Object.fromEntries(from.map((state, index) => [`:from${index}`, state]));
    const stillSo = { expression: `#state IN (${names.join(", ")})`, values };
    const item = await this.table.update(downloadKey(downloadId), { set, remove }, stillSo);
    return item === undefined ? undefined : Download.parse(item);
  }

  /** Not under a condition: whoever makes it again stores the same. */
  async putPart(downloadId: string, part: DownloadPart): Promise<void> {
    const sortKey = PART + String(part.part).padStart(4, "0");
    await this.table.put({ ...downloadKey(downloadId, sortKey), ...part, ...expiry(new Date().toISOString()) });
  }

  async holderOf(fingerprint: string): Promise<string | undefined> {
    const item = await this.table.get(holderKey(fingerprint), ["downloadId"]);
    return item === undefined ? undefined : Download.shape.downloadId.parse(item["downloadId"]);
  }

  async claim({ fingerprint, downloadId, requestedAt }: Download, before: string | undefined): Promise<"saved" | "lost"> {
    return await this.table.put(
      { ...holderKey(fingerprint), downloadId, ...expiry(requestedAt) },
      before === undefined
        ? { expression: "attribute_not_exists(#pk)" }
        : { expression: "#downloadId = :before", values: { ":before": before } },
    );
  }

  /** Every record of it, the one that a listing finds last: whoever is broken off can begin again. */
  async erase({ downloadId, fingerprint }: Pick<Download, "downloadId" | "fingerprint">): Promise<void> {
    const stillIts = { expression: "#downloadId = :its", values: { ":its": downloadId } };
    await this.table.delete(holderKey(fingerprint), stillIts);
    const items = await this.table.query({ expression: "#pk = :pk", values: { ":pk": downloadKey(downloadId).pk } });
    const parts = items.map((item) => String(item["sk"])).filter((sortKey) => sortKey.startsWith(PART));
    await this.table.deleteAll(parts.map((sortKey) => downloadKey(downloadId, sortKey)));
    await this.remove(downloadId);
  }

  async list(ownerId: string, page: PageRequest): Promise<Page<LoadedDownload>> {
    const listed = await readOwned(this.table, ownerId, "DOWNLOAD#", page, "descending");
    const items: LoadedDownload[] = [];
    for (let at = 0; at < listed.items.length; at += LOADED_AT_ONCE) {
      const some = listed.items.slice(at, at + LOADED_AT_ONCE);
      items.push(...(await Promise.all(some.map(async (item) => await this.withParts(item)))));
    }
    return { items, cursor: listed.cursor };
  }

  /** How far it is tells nothing of one that has ended. */
  private async withParts(item: Item): Promise<LoadedDownload> {
    const download = Download.parse(item);
    const loaded = download.state === "running" ? await this.load(download.downloadId) : undefined;
    return loaded ?? { download, parts: [] };
  }
}

function downloadKey(downloadId: string, sortKey = META): Key {
  return { pk: `DOWNLOAD#${downloadId}`, sk: sortKey };
}

function holderKey(fingerprint: string): Key {
  return { pk: `WANTED#${fingerprint}`, sk: META };
}

function expiry(at: string): { readonly expiresAt: number } {
  return { expiresAt: Math.floor(Date.parse(at) / 1000) + KEPT_SECONDS };
}
