import { BitworksProvider, useActions, useMessages, useStreamingMessage } from '@bitworks/react';
import { createAuth, createClient, createMemoryTokenStore, type Message } from '@bitworks/sdk';
import { createRoot } from 'react-dom/client';

const url = window.location.origin;
const auth = createAuth({ url, tokens: createMemoryTokenStore() });

function Row({ message }: { message: Message }) {
  return <li>{useStreamingMessage(message).content}</li>;
}

function Thread({ id }: { id: string }) {
  const { messages, hasOlder, loadOlder } = useMessages(id);
  const { sendMessage } = useActions();
  return (
    <>
      {hasOlder && <button onClick={loadOlder}>Older</button>}
      <ul>
        {messages.map(({ record }) => (
          <Row key={record.id} message={record} />
        ))}
      </ul>
      <button onClick={() => sendMessage(id, 'Hello', { reply: true })}>Say hello</button>
    </>
  );
}

const user = await auth.login('ana@example.org', 'correct horse');
const client = createClient({ url, userId: user.id, getToken: auth.getToken });
const { id } = client.createConversation('Hello');
const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <BitworksProvider client={client}>
      <Thread id={id} />
    </BitworksProvider>,
  );
