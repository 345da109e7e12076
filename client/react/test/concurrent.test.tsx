import { act, screen } from '@testing-library/react';
import { startTransition, use, useState } from 'react';
import { expect, test } from 'vitest';
import { useConversation } from '../src/index.js';
import { conversation, synced } from './support/events.js';
import { createStage } from './support/stage.js';

function Title({ id }: { id: string }) {
  return <p>{useConversation(id).conversation?.record.title}</p>;
}

/** Two that read the same, and one between them that is not ready yet. */
function Page({ id, isReady }: { id: string; isReady: Promise<void> }) {
  return (
    <>
      <Title id={id} />
      {id === 'b' && <Late isReady={isReady} />}
      <Title id={id} />
    </>
  );
}

function Late({ isReady }: { isReady: Promise<void> }) {
  use(isReady);
  return null;
}

test('a view that is got ready in the background shows what is there when it comes, on all of it', async () => {
  const { client, dispatch, show } = createStage();
  let arrive: () => void = () => undefined;
  const isReady = new Promise<void>((resolve) => (arrive = resolve));
  function App() {
    const [id, setId] = useState('a');
    return (
      <>
        <button onClick={() => startTransition(() => setId('b'))}>Open</button>
        <Page id={id} isReady={isReady} />
      </>
    );
  }
  show(<App />);
  dispatch(synced, conversation('a', 1, 'A'), conversation('b', 2, 'B'));
  await settled(() => screen.getByText('Open').click());
  await settled(() => client.store.dispatch(conversation('a', 3, 'A, renamed')));
  await settled(() => client.store.dispatch(conversation('b', 4, 'B, renamed')));
  expect(screen.getAllByText('A, renamed')).toHaveLength(2);
  await settled(arrive);
  expect(await screen.findAllByText('B, renamed')).toHaveLength(2);
});

/** What suspends is only seen to by an `act` that is awaited. */
async function settled(step: () => void): Promise<void> {
  await act(() => {
    step();
    return Promise.resolve();
  });
}
