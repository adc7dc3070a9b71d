/** Everything round the use cases, in memory: every port as a value, one clock, one source of randomness. */
import type { ChangeMessage } from "../../lib/contract/change.ts";
import type { LifeMessage } from "../../lib/contract/life.ts";
import type { ChangeTopic } from "../../lib/sync/finish-commit.ts";
import type { AlertChannel } from "../../lib/sync/raise-alert.ts";
import { Clock } from "./clock.ts";
import { layered } from "./layer.ts";
import type { Layer } from "./layer.ts";
import { MemoryAlerts, MemoryChannel } from "./memory-alerts.ts";
import { MemoryCalendars } from "./memory-calendars.ts";
import { MemoryEditor, MemoryExternalIds } from "./memory-editor.ts";
import { MemoryOwners } from "./memory-erasure.ts";
import { MemoryFeeds, MemoryLetters } from "./memory-feeds.ts";
import { MemoryObjects } from "./memory-objects.ts";
import { MemoryDeadLetters, MemoryQueue, MemoryTaskQueue } from "./memory-queue.ts";
import { MemoryReservations } from "./memory-reservations.ts";
import { MemoryCrons, MemoryOwnersReservations, MemoryReservationSchedules } from "./memory-schedules.ts";
import { MemoryCursor, MemoryHosts } from "./memory-ticks.ts";
import type { CursorRecord } from "./memory-ticks.ts";
import { randomFrom } from "./random.ts";
import type { Random } from "./random.ts";
import { Sources } from "./sources.ts";

const START = "2026-05-06T01:00:00.000Z";

/** Every port there is; each use case takes those it knows. */
export type Ports = {
  readonly calendars: MemoryCalendars;
  readonly successes: MemoryCalendars;
  readonly runs: MemoryCalendars;
  readonly wheel: MemoryCalendars;
  readonly feeds: MemoryFeeds;
  readonly links: MemoryFeeds;
  readonly objects: MemoryObjects;
  readonly letters: MemoryLetters;
  readonly hosts: MemoryHosts;
  readonly cursor: MemoryCursor;
  readonly imports: MemoryTaskQueue;
  readonly urgent: MemoryTaskQueue;
  readonly exports: MemoryTaskQueue;
  readonly downloads: MemoryTaskQueue;
  readonly deadLetters: MemoryDeadLetters;
  readonly reservations: MemoryReservations;
  readonly crons: MemoryCrons;
  readonly editor: MemoryEditor;
  readonly externalIds: MemoryExternalIds;
  readonly ownerRecords: MemoryOwners;
  readonly ownersReservations: MemoryOwnersReservations;
  readonly reservationSchedules: MemoryReservationSchedules;
  readonly changes: ChangeTopic;
  readonly alerts: MemoryAlerts;
  readonly channels: readonly AlertChannel[];
  readonly source: Sources;
};

/** Six times the worker's timeout, as the stack sets it. */
const VISIBILITY_SECONDS = 360;

export class World {
  readonly clock = new Clock(START);
  readonly random: Random;
  readonly calendars = new MemoryCalendars();
  readonly feeds = new MemoryFeeds(this.calendars);
  readonly objects = new MemoryObjects(this.clock);
  readonly letters = new MemoryLetters();
  readonly hosts = new MemoryHosts();
  readonly sources = new Sources(this.clock);
  readonly reservations = new MemoryReservations(this.clock);
  readonly crons = new MemoryCrons();
  readonly externalIds = new MemoryExternalIds();
  readonly owners = new MemoryOwners();
  readonly ownersReservations = new MemoryOwnersReservations();
  readonly reservationSchedules = new MemoryReservationSchedules();
  readonly cursor: CursorRecord = {};
  readonly published: ChangeMessage[] = [];
  /** What was published besides changes. */
  readonly told: LifeMessage[] = [];
  /** Hears of each of them. */
  observeTold: ((message: LifeMessage) => void) | undefined;
  readonly alerts = new MemoryAlerts();
  readonly topic = new MemoryChannel("topic");
  readonly webhook = new MemoryChannel("webhook");
  readonly importDeadLetters = this.queue("import-dead-letters");
  readonly urgentDeadLetters = this.queue("urgent-dead-letters");
  readonly exportDeadLetters = this.queue("export-dead-letters");
  readonly downloadDeadLetters = this.queue("download-dead-letters");
  readonly imports = this.queue("import", this.importDeadLetters);
  readonly urgent = this.queue("urgent", this.urgentDeadLetters);
  readonly exports = this.queue("export", this.exportDeadLetters);
  readonly downloads = this.queue("download", this.downloadDeadLetters);
  private ids = 0;
  private messages = 0;

  constructor(seed = 1) {
    this.random = randomFrom(seed);
  }

  readonly newId = (): string => {
    this.ids += 1;
    return `id${this.ids}`;
  };

  readonly randomBytes = (size: number): Uint8Array => Uint8Array.from({ length: size }, () => this.random.between(0, 255));

  /** The ports of one process. */
  portsWith(layer: Layer, deadLetters: MemoryQueue = this.importDeadLetters): Ports {
    const ports: Ports = { ...this.plainPorts(deadLetters) };
    return {
      calendars: layered("calendars", ports.calendars, layer),
      successes: layered("successes", ports.successes, layer),
      runs: layered("runs", ports.runs, layer),
      wheel: layered("wheel", ports.wheel, layer),
      feeds: layered("feeds", ports.feeds, layer),
      links: layered("links", ports.links, layer),
      objects: layered("objects", ports.objects, layer),
      letters: layered("letters", ports.letters, layer),
      hosts: layered("hosts", ports.hosts, layer),
      cursor: layered("cursor", ports.cursor, layer),
      imports: layered("imports", ports.imports, layer),
      urgent: layered("urgent", ports.urgent, layer),
      exports: layered("exports", ports.exports, layer),
      downloads: layered("downloads", ports.downloads, layer),
      deadLetters: layered("deadLetters", ports.deadLetters, layer),
      reservations: layered("reservations", ports.reservations, layer),
      crons: layered("crons", ports.crons, layer),
      editor: layered("editor", ports.editor, layer),
      externalIds: layered("externalIds", ports.externalIds, layer),
      ownerRecords: layered("ownerRecords", ports.ownerRecords, layer),
      ownersReservations: layered("ownersReservations", ports.ownersReservations, layer),
      reservationSchedules: layered("reservationSchedules", ports.reservationSchedules, layer),
      changes: layered("changes", ports.changes, layer),
      alerts: layered("alerts", ports.alerts, layer),
      channels: ports.channels.map((channel) => layered(channel.name, channel, layer)),
      source: layered("source", ports.source, layer),
    };
  }

  private plainPorts(deadLetters: MemoryQueue): Ports {
    const { calendars, feeds, objects, letters, hosts, sources } = this;
    return {
      calendars,
      successes: calendars,
      runs: calendars,
      wheel: calendars,
      feeds,
      links: feeds,
      objects,
      letters,
      hosts,
      cursor: new MemoryCursor(this.cursor),
      imports: this.taskQueue(this.imports),
      urgent: this.taskQueue(this.urgent),
      exports: this.taskQueue(this.exports),
      downloads: this.taskQueue(this.downloads),
      deadLetters: new MemoryDeadLetters(deadLetters),
      reservations: this.reservations,
      crons: this.crons,
      editor: new MemoryEditor({ calendars: calendars.metas, checkpoints: calendars.checkpoints, holds: calendars.holds }),
      externalIds: this.externalIds,
      ownerRecords: this.owners,
      ownersReservations: this.ownersReservations,
      reservationSchedules: this.reservationSchedules,
      changes: { publish: async (message) => this.keep(structuredClone(message)) },
      alerts: this.alerts,
      channels: [this.topic, this.webhook],
      source: sources,
    };
  }

  private keep(message: ChangeMessage | LifeMessage): void {
    if ("part" in message) this.published.push(message);
    else {
      this.told.push(message);
      this.observeTold?.(message);
    }
  }

  private taskQueue(queue: MemoryQueue): MemoryTaskQueue {
    return new MemoryTaskQueue((task, delaySeconds, host) => {
      queue.send(JSON.stringify(task), delaySeconds);
      if (task.kind === "import" && host !== undefined) queue.observePaced?.(task, host);
    });
  }

  private queue(name: string, deadLetters?: MemoryQueue): MemoryQueue {
    return new MemoryQueue(this.clock, {
      name,
      visibilitySeconds: VISIBILITY_SECONDS,
      newMessageId: () => `m${(this.messages += 1)}`,
      ...(deadLetters === undefined ? {} : { deadLetters }),
    });
  }
}
