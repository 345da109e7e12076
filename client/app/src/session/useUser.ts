import { useSyncExternalStore } from 'react';
import { auth, tokens } from './auth';

export interface SignedIn {
  readonly id: string;
  readonly email: string;
}

/** Who is signed in on this browser, in whichever tab it happened. */
export function useUser(): SignedIn | undefined {
  const id = useSyncExternalStore(auth.subscribe, () => tokens.read()?.user.id);
  const email = useSyncExternalStore(auth.subscribe, () => tokens.read()?.user.email);
  return id === undefined || email === undefined ? undefined : { id, email };
}
