import { createClient, type Client, type ReadKey, type StateEvent } from '@bitworks/sdk';
import { act, cleanup, render } from '@testing-library/react';
import { Profiler, StrictMode, type ReactNode } from 'react';
import { afterEach, vi } from 'vitest';
import { BitworksProvider } from '../../src/index.js';

afterEach(cleanup);

/** What a hook says now, and how often React has rendered for it. */
export interface Probe<T> {
  readonly now: T;
  readonly renders: number;
  readonly unmount: () => void;
}

/** A client that reaches no server, and what is put on the screen with it: always in StrictMode. */
export interface Stage {
  readonly client: Client;
  readonly connect: ReturnType<typeof vi.fn>;
  readonly close: ReturnType<typeof vi.fn>;
  /** What is being watched, once for each that watches it. */
  readonly watched: readonly ReadKey[];
  readonly dispatch: (...events: StateEvent[]) => void;
  readonly show: (children: ReactNode) => ReturnType<typeof render>;
  /** A component that calls one hook and does nothing else. */
  readonly probe: <T>(use: () => T) => Probe<T>;
}

export function createStage(replaced: Partial<Client> = {}): Stage {
  const getToken = () => Promise.resolve('token');
  const real = createClient({ url: 'http://localhost:1', userId: 'u', getToken });
  const [connect, close] = [vi.fn(), vi.fn()];
  const watched: ReadKey[] = [];
  const client = { ...real, connect, close, watch, ...replaced };

  function watch(key: ReadKey): () => void {
    watched.push(key);
    return () => void watched.splice(watched.indexOf(key), 1);
  }

  function show(children: ReactNode) {
    return render(children, { wrapper: Strictly });
  }

  function Strictly({ children }: { children: ReactNode }) {
    return (
      <StrictMode>
        <BitworksProvider client={client}>{children}</BitworksProvider>
      </StrictMode>
    );
  }

  function probe<T>(use: () => T): Probe<T> {
    const said: T[] = [];
    let renders = 0;
    function Probe() {
      said[0] = use();
      return null;
    }
    const { unmount } = show(
      <Profiler id="probe" onRender={() => renders++}>
        <Probe />
      </Profiler>,
    );
    return {
      unmount,
      get now() {
        return said[0] as T;
      },
      get renders() {
        return renders;
      },
    };
  }

  return {
    ...{ client, connect, close, watched, show, probe },
    dispatch: (...events) => act(() => events.forEach((event) => client.store.dispatch(event))),
  };
}
