/** The wheel in somebody's hands: only those who are put there are due. */
import type { Drill, Pupil } from "./drill.ts";

export type Turner = {
  /** The calendars of the pupil's host, itself the first. */
  readonly neighbours: (pupil: Pupil) => readonly Pupil[];
  /** Nobody is due, and nobody waits. */
  readonly clear: () => Promise<void>;
  readonly due: (pupils: readonly Pupil[], minute: number, times: Times) => Promise<void>;
  /** Everybody is where it was. */
  readonly putBack: () => Promise<void>;
};
type Times = { readonly intervalMinutes?: number; readonly notBefore?: string | undefined };

const INTERVAL_MINUTES = 5;
const SHARD = 3;

export function aloneOnWheel(drill: Drill): Turner {
  const { calendars } = drill.simulation.world;
  const places = new Map([...calendars.checkpoints.values()].map(({ calendarId, wheel }) => [calendarId, wheel]));
  const put = async (calendarId: string, wheel: string | undefined, notBefore: string | undefined): Promise<void> => {
    const checkpoint = calendars.checkpoints.get(calendarId);
    if (checkpoint !== undefined) await calendars.putCheckpoint({ ...checkpoint, wheel, notBefore });
  };
  return {
    neighbours: (pupil) => {
      const others = drill.pupils().filter(({ calendarId, host }) => host === pupil.host && calendarId !== pupil.calendarId);
      return [pupil, ...others];
    },
    clear: async () => {
      for (const calendarId of places.keys()) await put(calendarId, undefined, undefined);
    },
    due: async (pupils, minute, { intervalMinutes = INTERVAL_MINUTES, notBefore }) => {
      const slot = `${intervalMinutes}#${minute % intervalMinutes}#${SHARD}`;
      for (const { calendarId } of pupils) await put(calendarId, slot, notBefore);
    },
    putBack: async () => {
      for (const [calendarId, wheel] of places) await put(calendarId, wheel, undefined);
    },
  };
}
