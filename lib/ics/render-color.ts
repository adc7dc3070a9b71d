/** A feed's colour in the two ways that subscribers know. */
import type { ContentLine } from "./content-line.ts";

/** RFC 7986 5.9 wants a CSS3 name; those that calendars use, red, green and blue of 0 to 255. */
const NAMES: readonly (readonly [name: string, red: number, green: number, blue: number])[] = [
  ["black", 0, 0, 0],
  ["gray", 128, 128, 128],
  ["silver", 192, 192, 192],
  ["white", 255, 255, 255],
  ["maroon", 128, 0, 0],
  ["red", 255, 0, 0],
  ["tomato", 255, 99, 71],
  ["orange", 255, 165, 0],
  ["gold", 255, 215, 0],
  ["yellow", 255, 255, 0],
  ["olive", 128, 128, 0],
  ["green", 0, 128, 0],
  ["mediumseagreen", 60, 179, 113],
  ["lime", 0, 255, 0],
  ["teal", 0, 128, 128],
  ["turquoise", 64, 224, 208],
  ["deepskyblue", 0, 191, 255],
  ["steelblue", 70, 130, 180],
  ["royalblue", 65, 105, 225],
  ["blue", 0, 0, 255],
  ["navy", 0, 0, 128],
  ["slateblue", 106, 90, 205],
  ["purple", 128, 0, 128],
  ["orchid", 218, 112, 214],
  ["hotpink", 255, 105, 180],
  ["sienna", 160, 82, 45],
];

/** A name goes out as it is; `#rrggbb` for Apple, with the nearest name for the others; anything else is left out. */
export function colorLines(color: string | undefined): ContentLine[] {
  const text = color?.trim().toLowerCase() ?? "";
  if (/^[a-z]+$/u.test(text)) return [{ name: "COLOR", parameters: [], value: text }];
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})(?:[0-9a-f]{2})?$/u.exec(text);
  if (hex === null) return [];
  const [red = 0, green = 0, blue = 0] = hex.slice(1, 4).map((pair) => Number.parseInt(pair, 16));
  const distance = ([, r, g, b]: (typeof NAMES)[number]): number => (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
  const nearest = NAMES.reduce((best, next) => (distance(next) < distance(best) ? next : best));
  return [
    { name: "COLOR", parameters: [], value: nearest[0] },
    { name: "X-APPLE-CALENDAR-COLOR", parameters: [], value: text.slice(0, 7).toUpperCase() },
  ];
}
