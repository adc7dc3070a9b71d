/** The ports that only the tick's mending and people at a terminal have: the sweep, the switches, the dead-letter lanes, the shelf of letters, keys and quotas. */
import type { Letter, LetterState } from "../../lib/contract/letter.ts";
import type { Pause } from "../../lib/contract/pause.ts";
import type { PauseBook, Switch, Switchboard } from "../../lib/sync/pause-all.ts";
import type { DeadLetterLane, LyingMessage, RedriveLane } from "../../lib/sync/redrive-letters.ts";
import type { SubjectReader } from "../../lib/sync/make-download.ts";
import type { Owners } from "../../lib/sync/record-letter.ts";
import { layered } from "../sync/layer.ts";
import type { Layer } from "../sync/layer.ts";
import { MemoryDownloadObjects, MemoryDownloads, MemoryRepeats } from "../sync/memory-downloads.ts";
import { MemoryKeys } from "../sync/memory-keys.ts";
import type { MemoryQueue } from "../sync/memory-queue.ts";
import { MemoryQuotas } from "../sync/memory-quotas.ts";
import { MemorySweep } from "../sync/memory-sweep.ts";
import type { Ports as WorldPorts, World } from "../sync/world.ts";
import { ErasureShelf } from "./erasure-shelf.ts";

export type Ports = WorldPorts & {
  readonly records: MemorySweep;
  readonly switches: MemorySwitchboard;
  readonly pauses: MemoryPauses;
  readonly lanes: readonly RedriveLane[];
  readonly owners: Owners;
  readonly downloadBook: MemoryDownloads;
  readonly downloadObjects: MemoryDownloadObjects;
  readonly subjects: SubjectReader;
  readonly repeats: MemoryRepeats;
  readonly repeatSchedules: MemoryRepeats;
  readonly keys: MemoryKeys;
  readonly quotas: MemoryQuotas;
  readonly erasure: ErasureShelf;
};

export class Desk {
  readonly sweep: MemorySweep;
  readonly switches = new MemorySwitchboard();
  readonly pauses = new MemoryPauses();
  readonly downloadBook = new MemoryDownloads();
  readonly downloadObjects = new MemoryDownloadObjects();
  readonly repeats = new MemoryRepeats();
  readonly keys = new MemoryKeys();
  readonly shelf = new ErasureShelf();
  private readonly quotas: MemoryQuotas;
  private readonly owners: Owners = { ownerOf: async (of) => this.ownerOf(of) };
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
    this.quotas = new MemoryQuotas({ quotas: new Map(), calendars: world.calendars.metas, feeds: world.feeds.metas });
    this.sweep = new OftenSwept(world);
  }

  /** The ports of one process. */
  portsWith(layer: Layer, deadLetters?: MemoryQueue): Ports {
    const ports = this.world.portsWith(layer, deadLetters);
    const { importDeadLetters, urgentDeadLetters, exportDeadLetters, downloadDeadLetters } = this.world;
    const lane = (queue: MemoryQueue): DeadLetterLane => {
      const plain = new MemoryLane(queue);
      const disturbed = layered("lane", plain, layer);
      const { name } = queue;
      return {
        name,
        lying: () => plain.lying(),
        remove: async (message) => await disturbed.remove(message),
        putBack: async (message) => await disturbed.putBack(message),
      };
    };
    const lanes = [
      { from: lane(importDeadLetters), to: ports.imports },
      { from: lane(urgentDeadLetters), to: ports.urgent },
      { from: lane(exportDeadLetters), to: ports.exports },
      { from: lane(downloadDeadLetters), to: ports.downloads },
    ];
    return {
      ...ports,
      records: layered("records", this.sweep, layer),
      switches: layered("switches", this.switches, layer),
      pauses: layered("pauses", this.pauses, layer),
      lanes,
      owners: layered("owners", this.owners, layer),
      keys: layered("keys", this.keys, layer),
      quotas: layered("quotas", this.quotas, layer),
      erasure: layered("erasure", this.shelf, layer),
      downloadBook: layered("downloadBook", this.downloadBook, layer),
      downloadObjects: layered("downloadObjects", this.downloadObjects, layer),
      subjects: layered("subjects", this.subjects, layer),
      repeats: layered("repeats", this.repeats, layer),
      repeatSchedules: layered("repeatSchedules", this.repeats, layer),
    };
  }

  /** What downloads are made of. */
  private get subjects(): SubjectReader {
    const { calendars, feeds, objects } = this.world;
    return {
      calendar: async (calendarId) => await calendars.load(calendarId),
      published: async (feedId) => {
        const { objectKey, etag } = feeds.builds.get(feedId) ?? {};
        return objectKey === undefined || etag === undefined ? undefined : { objectKey, etag };
      },
      getSnapshot: async (key) => await objects.getSnapshot(key),
      getFeed: async (key) => objects.text(key),
    };
  }

  private ownerOf({ calendarId = "", feedId = "" }: Pick<Letter, "calendarId" | "feedId">): string | undefined {
    const { calendars, feeds } = this.world;
    return (feeds.metas.get(feedId) ?? calendars.metas.get(calendarId))?.ownerId;
  }

  lettersIn(states: readonly LetterState[]): Letter[] {
    return structuredClone([...this.world.letters.stored.values()].filter(({ state }) => states.includes(state)));
  }
}

/** A day of the sweep in a quarter of an hour. */
class OftenSwept extends MemorySweep {
  private readonly world: World;

  constructor(world: World) {
    super(world.calendars, world.feeds, world.letters, world.ownersReservations);
    this.world = world;
  }

  override async scanSegment(segment: number): ReturnType<MemorySweep["scanSegment"]> {
    this.putOff = [...this.world.reservations.records.values()];
    return await super.scanSegment(segment % PARTS, PARTS);
  }
}
export const PARTS = 15;

/** Switches of the stack: what is off takes no message and calls nobody. */
export class MemorySwitchboard implements Switchboard {
  private readonly all = new Map<string, Switch>(
    [
      ["schedule", "tick"],
      ["schedule", "cron"],
      ["event-source", "import"],
      ["event-source", "urgent"],
      // Somebody switched it off long ago, and nobody is to switch it on.
      ["schedule", "broken"],
      ["event-source", "import-dead-letters"],
      ["event-source", "urgent-dead-letters"],
      ["event-source", "export-dead-letters"],
    ].map(([kind, name = ""]) => [
      name,
      { kind: kind === "schedule" ? kind : "event-source", id: name, name, isOn: name !== "broken" },
    ]),
  );

  async schedules(): Promise<readonly Switch[]> {
    return this.those(({ kind }) => kind === "schedule");
  }

  async importSources(): Promise<readonly Switch[]> {
    return this.those(({ name }) => name === "import" || name === "urgent");
  }

  async deadLetterSources(): Promise<readonly Switch[]> {
    return this.those(({ name }) => name.endsWith("dead-letters"));
  }

  async turn({ id }: Switch, to: "on" | "off"): Promise<void> {
    const one = this.all.get(id);
    if (one !== undefined) this.all.set(id, { ...one, isOn: to === "on" });
  }

  isOn(name: string): boolean {
    return this.all.get(name)?.isOn !== false;
  }

  private those(isMeant: (one: Switch) => boolean): Switch[] {
    return structuredClone([...this.all.values()].filter(isMeant));
  }
}

export class MemoryPauses implements PauseBook {
  stored: Pause | undefined;

  async pause(): Promise<Pause | undefined> {
    return structuredClone(this.stored);
  }

  async putPause(pause: Pause): Promise<void> {
    this.stored = structuredClone(pause);
  }

  async endPause(): Promise<void> {
    this.stored = undefined;
  }
}

/** A dead letter queue as somebody at a terminal receives from it. */
class MemoryLane implements DeadLetterLane {
  readonly name: string;
  private readonly queue: MemoryQueue;

  constructor(queue: MemoryQueue) {
    this.name = queue.name;
    this.queue = queue;
  }

  async *lying(): AsyncGenerator<LyingMessage> {
    for (const messageId of this.queue.visible()) {
      const delivery = this.queue.receive(messageId);
      if (delivery !== undefined) yield { messageId, receiptHandle: messageId, body: delivery.body };
    }
  }

  async remove({ messageId }: LyingMessage): Promise<void> {
    this.queue.acknowledge(messageId);
  }

  async putBack({ messageId }: LyingMessage): Promise<void> {
    this.queue.postpone(messageId, 1);
  }
}
