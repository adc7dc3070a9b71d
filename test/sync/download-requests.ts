/** Requests of downloads as tests make them. */
import { DownloadRequest } from "../../lib/contract/download.ts";
import { Refusal } from "../../lib/core/failure.ts";
import { requestDownload } from "../../lib/sync/request-download.ts";
import type { Requested } from "../../lib/sync/request-download.ts";
import { daily, snapshotOf } from "./download-calendar.ts";
import { DownloadStage } from "./memory-downloads.ts";

export const MAY = { calendarId: "cal1", format: "csv", from: "2026-05-01", to: "2026-06-01", zone: "Asia/Seoul" } as const;
export function stageOf(events = [daily("a", 365)]): DownloadStage {
  const stage = new DownloadStage();
  stage.snapshot = snapshotOf(events);
  return stage;
}

export async function request(stage: DownloadStage, body: object = MAY): Promise<Requested> {
  return await requestDownload(DownloadRequest.parse(body), stage.requestPorts(), stage);
}

export async function refusalOf(act: () => Promise<unknown>): Promise<string> {
  return await act().then(
    () => "none",
    (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
  );
}
