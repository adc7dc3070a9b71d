/** /v1/downloads: a calendar or feed as one file for a window. */
import { DownloadRequest, DownloadView, RequestedDownloadView } from "../contract/download.ts";
import { OwnedPageQuery, pageOf } from "../contract/page.ts";
import { downloadView } from "../core/downloads.ts";
import { cancelDownload, downloadUrl, listDownloads, showDownload } from "../sync/fetch-download.ts";
import { requestDownload } from "../sync/request-download.ts";
import { callerIdOf } from "./caller.ts";
import { route } from "./route.ts";
import type { Route } from "./route.ts";

const requestRoute = route({
  method: "POST",
  path: "/v1/downloads",
  operationId: "requestDownload",
  summary: "Ask for a calendar or feed as ICS, JSON, CSV or XLSX for a window",
  description:
    "Rows are occurrences that begin in the window, which is [from, to) or so many days from today; an ICS has whole components. " +
    "Who asks for the same while it is open or ready, and its subject has not changed, shares it. A feed shows what its subscribers see.",
  tag: "downloads",
  scope: "owner",
  isolation: "The use case refuses a calendar or feed of another owner as unknown.",
  body: { schema: DownloadRequest, example: { calendarId: "k3v0q8x2m7c1a5ze", format: "xlsx", days: 30, zone: "Asia/Seoul" } },
  answers: {
    202: {
      says: "The download, new or shared; follow it until it is ready.",
      schema: RequestedDownloadView,
      headers: { location: "Where it is followed." },
    },
  },
  codes: ["calendar-unknown", "feed-unknown", "feed-unbuilt", "window-invalid", "window-too-long"],
  run: async ({ body }, services, caller) => {
    const context = { now: services.now, newId: services.newId, callerId: callerIdOf(caller) };
    const { download, parts, shared } = await requestDownload(body, services, context);
    const headers = { location: `/v1/downloads/${download.downloadId}` };
    return { status: 202, body: { ...downloadView(download, parts, services.now()), shared }, headers };
  },
});

const listRoute = route({
  method: "GET",
  path: "/v1/downloads",
  operationId: "listDownloads",
  summary: "List one owner's downloads of the last 30 days, the newest first",
  tag: "downloads",
  scope: "owner",
  query: OwnedPageQuery,
  answers: { 200: { says: "One page.", schema: pageOf(DownloadView) } },
  codes: [],
  run: async ({ query: { owner, limit, cursor } }, { downloadBook, now }) => {
    return { status: 200, body: await listDownloads(owner, { limit, cursor }, downloadBook, now()) };
  },
});

const showRoute = route({
  method: "GET",
  path: "/v1/downloads/{downloadId}",
  operationId: "getDownload",
  summary: "Look at a download: its state, and how many of its parts are done",
  tag: "downloads",
  scope: "owner",
  answers: { 200: { says: "The download.", schema: DownloadView } },
  codes: [],
  run: async ({ params: { downloadId } }, { downloadBook, now }) => {
    return { status: 200, body: await showDownload(downloadId, downloadBook, now()) };
  },
});

const fileRoute = route({
  method: "GET",
  path: "/v1/downloads/{downloadId}/file",
  operationId: "getDownloadFile",
  summary: "Get a ready download's file",
  description: "As often as it is wanted until it expires; the address that it leads to works for five minutes and needs no key.",
  tag: "downloads",
  scope: "owner",
  answers: { 303: { says: "The file is at the address.", headers: { location: "A signed address." } } },
  codes: ["download-not-ready", "download-expired", "download-ended"],
  run: async ({ params: { downloadId } }, services) => {
    const location = await downloadUrl(downloadId, services, services.now());
    return { status: 303, headers: { location, "cache-control": "no-store" } };
  },
});

const cancelRoute = route({
  method: "POST",
  path: "/v1/downloads/{downloadId}/cancel",
  operationId: "cancelDownload",
  summary: "Cancel a download that is queued or running, for everybody who shares it",
  tag: "downloads",
  scope: "owner",
  answers: { 200: { says: "The download, cancelled.", schema: DownloadView } },
  codes: ["download-ended"],
  run: async ({ params: { downloadId } }, { downloadBook, now }) => {
    return { status: 200, body: await cancelDownload(downloadId, downloadBook, now()) };
  },
});

export const downloadRoutes: readonly Route[] = [requestRoute, listRoute, showRoute, fileRoute, cancelRoute];
