/** A download's objects: what its parts are made of, the parts, and the file that browsers get by a signed url. */
import type { DownloadFormat } from "../contract/download.ts";
import { DownloadFrame, DownloadSource } from "../contract/download.ts";
import { gunzip, gzip } from "./compress.ts";
import { putLarge } from "./large-object.ts";
import type { ObjectClient, ObjectKind } from "./object-client.ts";

const ZIPPED: ObjectKind = { contentType: "application/octet-stream", contentEncoding: "gzip" };
const TYPES = {
  ics: "text/calendar; charset=utf-8",
  json: "application/json",
  csv: "text/csv; charset=utf-8",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
} as const satisfies Record<DownloadFormat, string>;

export class DownloadObjects {
  private readonly client: ObjectClient;

  constructor(client: ObjectClient) {
    this.client = client;
  }

  async putSource(key: string, source: DownloadSource): Promise<void> {
    await putLarge(this.client, key, await gzip(JSON.stringify(source)), ZIPPED);
  }

  async getSource(key: string): Promise<DownloadSource> {
    return DownloadSource.parse(JSON.parse(await this.text(key)));
  }

  async putFrame(key: string, frame: DownloadFrame): Promise<void> {
    await putLarge(this.client, key, await gzip(JSON.stringify(frame)), ZIPPED);
  }

  async getFrame(key: string): Promise<DownloadFrame> {
    return DownloadFrame.parse(JSON.parse(await this.text(key)));
  }

  async putPart(key: string, text: string): Promise<number> {
    const bytes = Buffer.from(text);
    await putLarge(this.client, key, await gzip(bytes), ZIPPED);
    return bytes.length;
  }

  async getPart(key: string): Promise<Uint8Array> {
    return await gunzip(await this.client.get(key));
  }

  async putFile(
    key: string,
    bytes: Uint8Array,
    { format, disposition }: { readonly format: DownloadFormat; readonly disposition: string },
  ): Promise<void> {
    await putLarge(this.client, key, bytes, { contentType: TYPES[format], contentDisposition: disposition });
  }

  /** Sources, parts and file. */
  async deleteObjects(downloadId: string): Promise<void> {
    const objects = await this.client.list(`downloads/${downloadId}/`);
    await this.client.delete(objects.map(({ key }) => key));
  }

  private async text(key: string): Promise<string> {
    return Buffer.from(await this.getPart(key)).toString();
  }
}
