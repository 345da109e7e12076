import { useMessages } from '@bitworks/react';

/** assistant-ui knows no pages: the hook loads them, and what it loads shows in the thread. */
export function OlderMessages({ threadId }: { threadId: string }) {
  const { hasOlder, isLoadingOlder, loadOlder } = useMessages(threadId);
  if (!hasOlder) return null;
  return (
    <button disabled={isLoadingOlder} onClick={loadOlder}>
      Older messages
    </button>
  );
}
