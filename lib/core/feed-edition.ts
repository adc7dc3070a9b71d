/**
 * What subscribers have to take anew though no event changed: the mask of a member, or the policy of its feed. Google takes
 * another text of a known event only where SEQUENCE and LAST-MODIFIED moved.
 */
import type { Edition } from "../contract/feed.ts";
import type { Revision } from "../ics/render-event.ts";

/** RFC 5545 3.3.8: INTEGER ends here. */
const SEQUENCE_LIMIT = 2_147_483_647;

/** Both as one: their numbers added, the later of their times. */
export function editionOf(one: Edition | undefined, other: Edition | undefined): Edition | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return { number: one.number + other.number, at: one.at > other.at ? one.at : other.at };
}

export function nextEdition(edition: Edition | undefined, at: string): Edition {
  return { number: (edition?.number ?? 0) + 1, at };
}

/** The revision as it goes out in this edition. */
export function editedRevision({ sequence, lastModified }: Revision, edition: Edition | undefined): Revision {
  if (edition === undefined) return { sequence, lastModified };
  const stamp = edition.at.replaceAll(/[-:]|\.\d+/gu, "");
  return {
    sequence: Math.min(sequence + edition.number, SEQUENCE_LIMIT),
    lastModified: stamp > lastModified ? stamp : lastModified,
  };
}
