import { useAuiState } from '@assistant-ui/react';
import { useActions, useUnsent } from '@bitworks/react';

/** Says of a message that the server has not taken it yet, and offers what can be done about it. */
export function Unsent() {
  const id = useAuiState(({ message }) => message.id);
  const pending = useUnsent().find(({ write }) => 'id' in write.input && write.input.id === id);
  const { retry, discard } = useActions();
  if (!pending) return null;
  if (pending.status === 'sending') return <small>Sending…</small>;
  return (
    <small role="alert">
      {pending.failure?.detail}
      <button onClick={() => retry(pending.key)}>Try again</button>
      <button onClick={() => discard(pending.key)}>Discard</button>
    </small>
  );
}
