/** All hostile inputs. */
import { BROKEN_FRAMES } from "./broken-frames.ts";
import { COMPRESSION_BOMBS } from "./compression-bombs.ts";
import { COUNT_BOMBS } from "./count-bombs.ts";
import { ENCODING_TRICKS } from "./encoding-tricks.ts";
import type { HostileInput } from "./hostile-input.ts";
import { INJECTIONS } from "./injections.ts";
import { LINE_BOMBS } from "./line-bombs.ts";
import { OVERRIDE_BOMBS } from "./override-bombs.ts";
import { RULE_BOMBS } from "./rule-bombs.ts";
import { TIME_TRICKS } from "./time-tricks.ts";
import { ZONE_BOMBS } from "./zone-bombs.ts";

export const HOSTILE_INPUTS: readonly HostileInput[] = [
  ...COMPRESSION_BOMBS,
  ...LINE_BOMBS,
  ...BROKEN_FRAMES,
  ...COUNT_BOMBS,
  ...TIME_TRICKS,
  ...ZONE_BOMBS,
  ...RULE_BOMBS,
  ...OVERRIDE_BOMBS,
  ...INJECTIONS,
  ...ENCODING_TRICKS,
];
