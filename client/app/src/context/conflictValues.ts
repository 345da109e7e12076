import { FIELDS, type ContextValues, type FieldName } from './contextValues';

/** What was edited here upon `base`, with whatever else was changed elsewhere meanwhile. */
export function rebased(base: ContextValues, mine: ContextValues, theirs: ContextValues): ContextValues {
  const kept = FIELDS.filter((name) => mine[name] !== base[name]).map((name) => [name, mine[name]] as const);
  return { ...theirs, ...Object.fromEntries(kept) };
}

/** In which fields the two are not the same. */
export function differing(one: ContextValues, other: ContextValues): FieldName[] {
  return FIELDS.filter((name) => one[name] !== other[name]);
}
