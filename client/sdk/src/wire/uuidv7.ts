/** Ids that sort by when they were made (RFC 9562, version 7), also those of one millisecond. */

let time = 0;
let count = 0;

/** `now` in milliseconds since 1970. Greater as text than every one before it. */
export function uuidv7(now = Date.now()): string {
  advance(now);
  // The 8 before it says that it is of this RFC.
  const tail = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => hex(byte, 2)).join('');
  const head = hex(time, 12);
  return `${head.slice(0, 8)}-${head.slice(8)}-7${hex(count, 3)}-8${tail.slice(1, 4)}-${tail.slice(4)}`;
}

/** A clock that stands still, or goes back, is counted on from; a count that is full borrows a millisecond. */
function advance(now: number): void {
  count = now > time ? 0 : count + 1;
  time = Math.max(time, now) + (count > 0xfff ? 1 : 0);
  count &= 0xfff;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
