/** Worlds with a storm have one office each: people who work with one part of the API while everything fails around them. */
import type { Counter, Office, OpenOffice } from "./counter.ts";
import { openAccess } from "./office-access.ts";
import { openBooking } from "./office-booking.ts";
import { openEditing } from "./office-editing.ts";
import { openOwners } from "./office-owners.ts";
import { openPublishing } from "./office-publishing.ts";
import { openReading } from "./office-reading.ts";
import { openRegistry } from "./office-registry.ts";

const OFFICES: readonly (readonly [name: string, open: OpenOffice])[] = [
  ["reading", openReading],
  ["access", openAccess],
  ["editing", openEditing],
  ["publishing", openPublishing],
  ["booking", openBooking],
  ["owners", openOwners],
  ["registry", openRegistry],
];

export const OFFICE_NAMES: readonly string[] = OFFICES.map(([name]) => name);

/** The office of the seed's world. */
export function openOffice(seed: number, counter: Counter): Office {
  const [, open = openReading] = OFFICES[seed % OFFICES.length] ?? [];
  return open(counter);
}
