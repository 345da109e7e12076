/** What is known of a value from outside before anything else is: which kind of JSON it is. */

/** A JSON object; what its fields hold is still unknown. */
export type Json = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object: neither an array nor null. */
export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is a JSON object with an id. */
export function hasId(value: unknown): value is Json & { readonly id: string } {
  return isJson(value) && isText(value['id']);
}

/** Whether a value is an array of which every element is a row. */
export function isListOf<T>(value: unknown, isRow: (row: unknown) => row is T): value is T[] {
  return Array.isArray(value) && value.every(isRow);
}

/** Whether a value is a string; the empty one counts. */
export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Whether a value is an integer of at most 53 bits, as positions, revisions and offsets are. */
export function isNumber(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
