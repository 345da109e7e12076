import { KINDS, type Kind, type KindName, type KnownKind, type RowOf, type TombstoneOf } from './kinds.js';

/** What happened to one record, as every device of the user is told. `…:created` and `…:updated` are upserts alike. */
export type Change = { [K in KindName]: ChangeOf<K> }[KindName];

type ChangeOf<K extends KindName> =
  | { readonly event: `${K}:created` | `${K}:updated`; readonly data: RowOf<K> }
  | { readonly event: `${K}:deleted`; readonly data: TombstoneOf<K> };

/** Reads one change, pushed or in a page of `sync`. Undefined for what is no change, or of a kind that is not known. */
export function readChange(event: string, data: unknown): Change | undefined {
  const kind = kindOf(event);
  const isRight = isDeleted(event) ? kind?.isTombstone : /:(cre|upd)ated$/.test(event) && kind?.isRow;
  // The kind's own guard has said that these belong together.
  return isRight && isRight(data) ? ({ event, data } as Change) : undefined;
}

/** Finds the kind of a row by the name of one of its events; undefined for what tells of no row. */
export function kindOf(event: string): KnownKind | undefined {
  const kinds: Readonly<Record<string, Kind | undefined>> = KINDS;
  return kinds[event.replace(/:.*/, '')] as KnownKind | undefined;
}

/** Whether an event of a kind tells that a row is gone, and brings its tombstone. */
export function isDeleted(event: string): boolean {
  return event.endsWith(':deleted');
}
