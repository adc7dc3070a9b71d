/** Examples of downloads and their repeats. */
import { DownloadRequest } from "../../lib/contract/download.ts";
import { RepeatDraft } from "../../lib/contract/repeat.ts";
import { createRepeat } from "../../lib/sync/repeat-download.ts";
import { requestDownload } from "../../lib/sync/request-download.ts";
import { calendarOfAnn } from "./ann.ts";
import type { Memory } from "./memory-services.ts";
import type { ExampleRequest, RouteExample } from "./route-example.ts";

const MAY = { format: "csv", from: "2026-05-01", to: "2026-06-01", zone: "Asia/Seoul" } as const;
const MONDAYS = { format: "xlsx", days: 7, zone: "Asia/Seoul", every: { cron: "0 7 * * 1", zone: "Asia/Seoul" } } as const;

const DOWNLOAD = async (memory: Memory): Promise<ExampleRequest> => {
  const request = DownloadRequest.parse({ ...MAY, calendarId: await calendarOfAnn(memory) });
  const { download } = await requestDownload(request, memory.services, memory.services);
  return { params: { downloadId: download.downloadId } };
};
const READY = async (memory: Memory): Promise<ExampleRequest> => {
  const asked = await DOWNLOAD(memory);
  const downloadId = asked.params?.["downloadId"] ?? "";
  const change = { state: "ready", parts: 1, fileKey: "downloads/x/file.csv", keptUntil: "2026-05-13T01:00:00.000Z" } as const;
  await memory.services.downloadBook.move(downloadId, ["queued"], change);
  return asked;
};
const REPEAT = async (memory: Memory): Promise<ExampleRequest> => {
  const draft = RepeatDraft.parse({ ...MONDAYS, calendarId: await calendarOfAnn(memory) });
  const { repeatId } = await createRepeat(draft, memory.services, memory.services);
  return { params: { repeatId } };
};

export const downloadExamples: readonly RouteExample[] = [
  { operationId: "requestDownload", prepare: async (memory) => ({ body: { ...MAY, calendarId: await calendarOfAnn(memory) } }) },
  { operationId: "listDownloads", prepare: async (memory) => await DOWNLOAD(memory).then(() => ({})) },
  { operationId: "getDownload", prepare: DOWNLOAD },
  { operationId: "getDownloadFile", prepare: READY },
  { operationId: "cancelDownload", prepare: DOWNLOAD },
  { operationId: "createRepeat", prepare: async (memory) => ({ body: { ...MONDAYS, calendarId: await calendarOfAnn(memory) } }) },
  { operationId: "listRepeats", prepare: async (memory) => await REPEAT(memory).then(() => ({})) },
  { operationId: "removeRepeat", prepare: REPEAT },
];
