/** An address as a QR code: a picture for pages, characters for terminals. */
import { renderSVG, renderUnicodeCompact } from "uqr";

/** ISO/IEC 18004 wants four modules of quiet zone. */
const QUIET_ZONE = 4;

export function qrSvg(address: string): string {
  return renderSVG(address, { ecc: "M", border: QUIET_ZONE });
}

/** Two rows of modules a line; light modules are drawn, for terminals are dark. */
export function qrText(address: string): string {
  return renderUnicodeCompact(address, { ecc: "L", border: 2 });
}
