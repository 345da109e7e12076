/** The server's limit on a message, in code points. */
export const CONTENT_LIMIT = 1_000_000;

/** Whether a text is short enough to be a message. */
export function isSendable(text: string): boolean {
  if (text.length <= CONTENT_LIMIT) return true;
  // A code point takes one or two of these; and only what is near the limit is worth counting.
  return text.length <= 2 * CONTENT_LIMIT && codePoints(text) <= CONTENT_LIMIT;
}

function codePoints(text: string): number {
  return text.replace(/[\u{10000}-\u{10FFFF}]/gu, '_').length;
}
