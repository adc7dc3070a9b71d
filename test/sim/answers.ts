/** What people are answered is so at that moment, not only when somebody has mended it. */
import type { Requested } from "../../lib/sync/request-download.ts";
import type { Run } from "../../lib/contract/run.ts";
import type { Snapshot } from "../../lib/contract/snapshot.ts";
import { isOutdated } from "./held.ts";
import type { Simulation } from "./simulation.ts";

/** What SQS can delay. */
const NEAR_MS = 900_000;

export class Answers {
  private readonly simulation: Simulation;

  constructor(simulation: Simulation) {
    this.simulation = simulation;
  }

  /** A hold was approved or rejected: it stands no more, and what was committed is done. */
  decided(holdId: string, run: Run): void {
    const hold = this.simulation.world.calendars.holds.get(run.calendarId);
    const isEnded = hold?.holdId !== holdId || isOutdated(hold, this.simulation);
    this.must(isEnded, run, `answered, and hold ${holdId} stands`);
    this.committed(run);
  }

  /** The version that an answer tells of has been told to everybody, and a run says so. */
  committed(run: Run): void {
    const { checkpoints, runs } = this.simulation.world.calendars;
    const pending = checkpoints.get(run.calendarId)?.pending?.version;
    this.must(run.status !== "imported" || run.calendarVersion !== undefined, run, "names no version");
    this.must(pending === undefined || pending !== run.calendarVersion, run, `answered before version ${pending} was told`);
    this.must(runs.has(`${run.calendarId} ${run.runId}`), run, "answered, and no run says so");
  }

  /** The new version has just the events of the one that was brought back. */
  broughtBack(run: Run): void {
    this.committed(run);
    const version = /^version (\d+) /u.exec(run.detail ?? "")?.[1] ?? "none";
    const [wanted, seen] = [this.uidsOf(run.calendarId, version), this.uidsOf(run.calendarId, `${run.calendarVersion}`)];
    this.must(wanted === seen || wanted === undefined, run, `brought ${seen} back, version ${version} had ${wanted}`);
  }

  private uidsOf(calendarId: string, version: string): string | undefined {
    const key = this.simulation.snapshots.get(`${calendarId} ${version}`);
    if (key === undefined || !this.simulation.world.objects.stored.has(key)) return undefined;
    const { events }: Snapshot = JSON.parse(this.simulation.world.objects.text(key));
    return events
      .map(({ uid }) => uid)
      .toSorted()
      .join(" ");
  }

  /** The task is on its way, at once or at a start that is too far away for a queue. */
  asked({ runId, ...run }: Run): void {
    const { nowMs, world } = this.simulation;
    const record = world.reservations.records.get(run.taskId);
    const isFar = Date.parse(record?.startAt ?? "") - nowMs > NEAR_MS - 60_000;
    this.must(
      record === undefined || record.bookings > 1 || record.startAt === undefined || isFar,
      { runId, ...run },
      "waits on a schedule for a near start",
    );
    this.must(world.calendars.runs.has(`${run.calendarId} ${runId}`), { runId, ...run }, "answered with a run that is not there");
  }

  /** What is answered is there, and somebody makes it unless it is made. */
  requested({ download, shared }: Requested): void {
    const { desk, world } = this.simulation;
    const { downloadId, fingerprint } = download;
    const stored = desk.downloadBook.records.get(downloadId);
    if (stored?.fingerprint !== fingerprint) this.simulation.violate(`download ${downloadId} was answered and is not there`);
    const isSent = [...world.downloads.messages.values()].some(({ body }) => body.includes(`"downloadId":"${downloadId}"`));
    if (!shared && stored?.state === "queued" && !isSent) this.simulation.violate(`nobody makes download ${downloadId}`);
  }

  private must(isSo: boolean, { calendarId, reason }: Run, otherwise: string): void {
    if (!isSo) this.simulation.violate(`${reason} of ${calendarId} ${otherwise}`);
  }
}
