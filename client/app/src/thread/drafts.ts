/** What was being written, by conversation, kept in this browser: it is there after a reload and in the other tabs. */

const PREFIX = 'bitworks.draft.';

export function readDraft(of: string): string {
  return localStorage.getItem(PREFIX + of) ?? '';
}

export function keepDraft(of: string, text: string): void {
  if (text === '') localStorage.removeItem(PREFIX + of);
  else localStorage.setItem(PREFIX + of, text);
}

/** Calls back with what another tab has written. */
export function watchDraft(of: string, onChange: (text: string) => void): () => void {
  const hear = ({ key, newValue }: StorageEvent) => key === PREFIX + of && onChange(newValue ?? '');
  window.addEventListener('storage', hear);
  return () => window.removeEventListener('storage', hear);
}

/** To be called at sign-out: drafts are part of what a person wrote. */
export function forgetDrafts(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
}
