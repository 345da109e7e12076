import type { en } from './en';

/** The same keys in every language: a missing one does not compile. */
export type Catalogue = Widened<typeof en>;

type Widened<T> = { readonly [K in keyof T]: T[K] extends string ? string : Widened<T[K]> };
