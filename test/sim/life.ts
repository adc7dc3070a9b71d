/** What apps hear besides changes: whatever came to something was told, before or with the write that makes it lasting. */
import type { Checkpoint } from "../../lib/contract/checkpoint.ts";
import type { LifeMessage } from "../../lib/contract/life.ts";
import type { Simulation } from "./simulation.ts";

/** Asked at the moment of a checkpoint's write. */
export function checkLife(simulation: Simulation, before: Checkpoint, after: Checkpoint): void {
  const untold = [untoldVersion(simulation, before, after), untoldOutcome(simulation, before, after)];
  for (const text of untold) {
    if (text !== undefined) simulation.violate(`calendar ${after.calendarId} ${text} and told nobody`);
  }
}

function untoldVersion(simulation: Simulation, { calendarId, pending }: Checkpoint, after: Checkpoint): string | undefined {
  if (pending === undefined || after.pending?.version === pending.version) return undefined;
  const { version } = pending;
  const isTold = wasTold(
    simulation,
    (message) => isOf(message, "import.finished", calendarId) && message.calendarVersion === version,
  );
  return isTold ? undefined : `finished version ${version}`;
}

function untoldOutcome(
  simulation: Simulation,
  before: Checkpoint,
  { calendarId, outcome, attempts }: Checkpoint,
): string | undefined {
  if (outcome === undefined || outcome.at === before.outcome?.at) return undefined;
  const { status, code, at } = outcome;
  if (status === "held") {
    const holdId = simulation.world.calendars.holds.get(calendarId)?.holdId ?? "nothing";
    const isTold = wasTold(simulation, (message) => isOf(message, "hold.opened", calendarId) && message.holdId === holdId);
    return isTold ? undefined : `is held by ${holdId}`;
  }
  const hasGivenUp = (status === "failed" && attempts === 0) || code === "deferred-too-long";
  if (!hasGivenUp) return undefined;
  const isTold = wasTold(simulation, (message) => isOf(message, "import.failed", calendarId) && message.at === at);
  return isTold ? undefined : `gave up with ${code}`;
}

/** Asked at rest: each letter that people heard of, and the newest bytes of each feed. */
export function checkLifeAtRest(simulation: Simulation): void {
  const { feeds, letters } = simulation.world;
  for (const letterId of letters.told) {
    if (!wasTold(simulation, (message) => message.kind === "letter.opened" && message.letterId === letterId)) {
      simulation.violate(`letter ${letterId} was opened and told no app`);
    }
  }
  for (const [feedId, { objectKey, untold }] of feeds.builds) {
    const revision = Number.parseInt(objectKey?.slice(`feeds/${feedId}/`.length) ?? "", 10);
    const isTold = wasTold(
      simulation,
      (message) => message.kind === "feed.published" && message.feedId === feedId && message.revision === revision,
    );
    if (untold !== undefined || !isTold)
      simulation.violate(`feed ${feedId} was published as revision ${revision} and told no app`);
  }
}

function wasTold({ world }: Simulation, isWanted: (message: LifeMessage) => boolean): boolean {
  return world.told.some(isWanted);
}

function isOf<Kind extends "import.finished" | "import.failed" | "hold.opened">(
  message: LifeMessage,
  kind: Kind,
  calendarId: string,
): message is Extract<LifeMessage, { readonly kind: Kind }> {
  return message.kind === kind && "calendarId" in message && message.calendarId === calendarId;
}
