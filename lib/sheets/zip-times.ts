/** The same zip with all its files from 1980: writers put their clock into it. PKWARE's APPNOTE 4.3. */

const CENTRAL_SIGNATURE = 0x02_01_4b_50;
const END_SIGNATURE = 0x06_05_4b_50;
const END_SIZE = 22;
/** 1980-01-01, the first day that a zip knows, at midnight. */
const FIRST_DAY = 0x00_21;

/** Changes the bytes in place. Throws where it is no zip. */
export function withoutTimes(zip: Uint8Array): Uint8Array {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  for (let entry = 0; entry < count; entry += 1) {
    if (view.getUint32(at, true) !== CENTRAL_SIGNATURE) throw noZip();
    setTime(view, at + 12);
    setTime(view, view.getUint32(at + 42, true) + 10);
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return zip;
}

/** Before a comment, if it has one. */
function findEnd(view: DataView): number {
  for (let at = view.byteLength - END_SIZE; at >= 0; at -= 1) if (view.getUint32(at, true) === END_SIGNATURE) return at;
  throw noZip();
}

function setTime(view: DataView, at: number): void {
  view.setUint16(at, 0, true);
  view.setUint16(at + 2, FIRST_DAY, true);
}

function noZip(): Error {
  return new Error("the workbook that was written is no zip, wanted one; look whether the library changed");
}
