import { AssistantRuntimeProvider } from '@assistant-ui/react';
import { useBitworksRuntime } from '@bitworks/assistant-ui';
import { BitworksProvider } from '@bitworks/react';
import type { Client, Failure } from '@bitworks/sdk';
import { useState } from 'react';
import { Thread } from './Thread';
import { ThreadList } from './ThreadList';

export function Chat({ client }: { client: Client }) {
  return (
    <BitworksProvider client={client}>
      <Conversations />
    </BitworksProvider>
  );
}

function Conversations() {
  const [threadId, onThreadChange] = useState<string>();
  const [failure, onFailure] = useState<Failure>();
  const runtime = useBitworksRuntime({ threadId, onThreadChange, onFailure });
  return (
    <AssistantRuntimeProvider runtime={runtime}>
      <ThreadList />
      <Thread threadId={threadId} />
      {failure && <p role="alert">{failure.detail}</p>}
    </AssistantRuntimeProvider>
  );
}
