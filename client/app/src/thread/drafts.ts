/** What was being written, by conversation, kept in this browser: it is there after a reload and in the other tabs. */

import { inStorage } from '../storage';
import { isSendable } from './contentLimit';

const PREFIX = 'bitworks.draft.';

/** UTF-16 code units of all drafts. A browser gives a site some five million, and the sign-in needs room beside them. */
const ROOM = 4_000_000;

/** Up to this length a draft has room: however many there are, they come nowhere near it. */
const SMALL = 10_000;

export function readDraft(of: string): string {
  return inStorage((storage) => storage.getItem(PREFIX + of), null) ?? '';
}

/**
 * Whether it is kept now. One that could never be sent, or for which there is no room, is not: what was kept of it
 * before stays, and so do the others.
 */
export function keepDraft(of: string, text: string): boolean {
  const key = PREFIX + of;
  return inStorage((storage) => {
    if (text === '') storage.removeItem(key);
    else if (isSendable(text) && hasRoom(storage, key, text)) storage.setItem(key, text);
    else return false;
    return true;
  }, text === '');
}

/** Calls back with what another tab has written. */
export function watchDraft(of: string, onChange: (text: string) => void): () => void {
  const hear = ({ key, newValue }: StorageEvent) => key === PREFIX + of && onChange(newValue ?? '');
  window.addEventListener('storage', hear);
  return () => window.removeEventListener('storage', hear);
}

/** To be called at sign-out: drafts are part of what a person wrote. */
export function forgetDrafts(): void {
  inStorage((storage) => keys(storage).forEach((key) => storage.removeItem(key)), undefined);
}

function hasRoom(storage: Storage, key: string, text: string): boolean {
  if (text.length <= SMALL) return true;
  const others = keys(storage).filter((other) => other !== key);
  const lengths = others.map((other) => storage.getItem(other)?.length ?? 0);
  return lengths.reduce((sum, length) => sum + length, text.length) <= ROOM;
}

function keys(storage: Storage): string[] {
  return Object.keys(storage).filter((key) => key.startsWith(PREFIX));
}
