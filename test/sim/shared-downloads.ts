/** Many who want the same download at once: they share one, and nothing is left of those that lost. */
import { DownloadRequest } from "../../lib/contract/download.ts";
import type { Download } from "../../lib/contract/download.ts";
import { isShareable } from "../../lib/core/downloads.ts";
import type { Refusal } from "../../lib/core/failure.ts";
import { requestDownload } from "../../lib/sync/request-download.ts";
import type { Requested } from "../../lib/sync/request-download.ts";
import { Answers } from "./answers.ts";
import type { Counter } from "./counter.ts";
import { ownerOfFound } from "./found.ts";
import type { Insistent } from "./insistent.ts";

const CROWD = 4;
const DAY_MS = 86_400_000;
/** Windows in which these worlds have nothing, so that a download is soon made. */
const FIRST_DAY_MS = Date.parse("2030-01-01T00:00:00.000Z");
const DAYS = 3000;

export class SharedDownloads {
  private readonly counter: Counter;
  private readonly insistent: Insistent;
  private readonly answers: Answers;
  /** The download that each process made a record of. */
  private readonly madeBy = new Map<number, Download>();
  /** The download that was answered last, by fingerprint. */
  private readonly answered = new Map<string, Download>();
  /** Downloads that have failed or were cancelled at some time. */
  private readonly broken = new Set<string>();

  constructor(counter: Counter, insistent: Insistent) {
    this.counter = counter;
    this.insistent = insistent;
    this.answers = new Answers(counter.simulation);
    this.watch();
  }

  /** Everybody asks for the same. */
  crowd(): void {
    const request = this.request();
    for (let person = 0; person < CROWD; person += 1) {
      this.insistent.ask(
        "ask for a download that others want as well",
        async (ports) => this.requested(await requestDownload(request, ports, this.counter.context())),
        (refusal) => this.refused(request, refusal),
      );
    }
  }

  /** A repeat has asked for it. */
  repeated(): void {
    const made = this.madeBy.get(this.actorId());
    if (made === undefined) this.counter.must(false, "a download was asked for by a repeat and nothing was made");
    else this.mustBeOne(made);
  }

  private requested(requested: Requested): void {
    const { counter } = this;
    const made = this.madeBy.get(this.actorId());
    this.answers.requested(requested);
    const isLeft = made !== undefined && counter.simulation.desk.downloadBook.records.has(made.downloadId);
    counter.must(
      !(requested.shared && isLeft),
      `download ${requested.download.downloadId} is shared, and ${made?.downloadId} is left`,
    );
    this.mustBeOne(requested.download);
  }

  /** Who asks for the same bytes is given the same download, as long as it can be fetched. */
  private mustBeOne(download: Download): void {
    const { desk, world } = this.counter.simulation;
    const { fingerprint, downloadId } = download;
    const before = desk.downloadBook.records.get(this.answered.get(fingerprint)?.downloadId ?? downloadId);
    this.answered.set(fingerprint, download);
    if (before === undefined || before.downloadId === downloadId || this.broken.has(before.downloadId)) return;
    const isGood = isShareable(before, world.clock.now());
    this.counter.must(!isGood, `download ${downloadId} was answered, and ${before.downloadId} has the same bytes`);
  }

  private watch(): void {
    const { downloadBook } = this.counter.simulation.desk;
    const { records } = downloadBook;
    const create = downloadBook.create.bind(downloadBook);
    downloadBook.create = async (download) => {
      this.madeBy.set(this.actorId(), download);
      await create(download);
    };
    const set = records.set.bind(records);
    records.set = (downloadId, download) => {
      if (download.state === "failed" || download.state === "cancelled") this.broken.add(downloadId);
      return set(downloadId, download);
    };
  }

  /** Whose call took effect last. */
  private actorId(): number {
    return this.counter.simulation.actor?.id ?? 0;
  }

  private request(): DownloadRequest {
    const { random, simulation, weather } = this.counter;
    const feedIds = [...simulation.world.feeds.metas.keys()];
    const of = random.chance(0.3) ? { feedId: random.pick(feedIds) } : { calendarId: random.pick(weather.urlCalendars) };
    const fromMs = FIRST_DAY_MS + random.between(0, DAYS) * DAY_MS;
    const [from, to] = [dayOf(fromMs), dayOf(fromMs + DAY_MS)];
    return DownloadRequest.parse({ ...of, from, to, format: random.pick(["csv", "json", "ics"]) });
  }

  private refused(of: DownloadRequest, { code, what }: Refusal): void {
    const isFound = ownerOfFound(this.counter.simulation, of) !== undefined;
    const reasons: Readonly<Record<string, boolean>> = {
      "calendar-unknown": !isFound && of.feedId === undefined,
      "feed-unknown": !isFound && of.feedId !== undefined,
      // It may be built just now.
      "feed-unbuilt": of.feedId !== undefined,
    };
    this.counter.must(reasons[code] === true, `a download was refused as ${code}: ${what}`);
  }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
