/** Owners and their reservations, repeats and downloads, which several ask for at once, while Scheduler calls. */
import { BookedRepeats } from "./booked-repeats.ts";
import { BookedReservations } from "./booked-reservations.ts";
import type { Counter, Office } from "./counter.ts";
import { Insistent } from "./insistent.ts";
import { OwnCalls } from "./own-calls.ts";
import { ReservationRecords } from "./reservation-records.ts";
import { SharedDownloads } from "./shared-downloads.ts";
import { ShownReservations } from "./shown-reservations.ts";

const ACTS_MOST = 2;
/** How many of them want the same download is enough for a while. */
const CROWD_SHARE = 0.1;

export function openBooking(counter: Counter): Office {
  const { random, simulation, weather } = counter;
  const insistent = new Insistent(counter);
  const records = new ReservationRecords(counter);
  const [reservations, shown] = [new BookedReservations(counter, insistent, records), new ShownReservations(counter, records)];
  const [repeats, downloads] = [new BookedRepeats(counter, insistent), new SharedDownloads(counter, insistent)];
  new OwnCalls(counter, ({ repeatId }, end) => {
    repeats.called(repeatId, end);
    if (end === "requested") downloads.repeated();
  }).watch();
  const one = (): string => {
    const all = [
      ...records.waiting().map(({ reservationId }) => reservationId),
      ...simulation.world.ownersReservations.stored.keys(),
    ];
    return all.length === 0 ? "nobody" : random.pick(all);
  };
  const whose = (): string => random.pick(["default", "default", "somebody"]);
  const acts: readonly (() => void)[] = [
    () => reservations.reserve(),
    () => reservations.reserve(),
    () => reservations.reserve(),
    () => reservations.move(one()),
    () => reservations.cancel(one()),
    () => reservations.race(one()),
    () => shown.show(one()),
    () => shown.list(whose()),
    () => shown.coming(random.pick(weather.urlCalendars)),
    () => repeats.make(),
    () => repeats.make(),
    () => repeats.make(),
    () => repeats.end(),
    () => repeats.list(whose()),
    () => repeats.list(whose()),
  ];
  return {
    minute: (): void => {
      for (let act = random.between(0, ACTS_MOST); act > 0; act -= 1) random.pick(acts)();
      if (random.chance(CROWD_SHARE)) downloads.crowd();
    },
    settle: (): void => insistent.askAgain(() => reservations.tidy()),
    check: (): void => {
      insistent.check();
      records.checkRest();
      repeats.checkRest();
    },
  };
}
