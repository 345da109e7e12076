import { useExternalStoreRuntime, type AppendMessage, type AssistantRuntime } from '@assistant-ui/react';
import { useClient } from '@bitworks/react';
import type { Failure, MessageView, OnBusy, Outcome } from '@bitworks/sdk';
import { toThreadMessage } from './toThreadMessage.js';
import { useIsLoading, useThread } from './useThread.js';
import { useThreadList } from './useThreadList.js';

/** Which conversation is open, and what to do in which case. */
export interface BitworksRuntimeOptions {
  /** The conversation that is open; undefined: one that begins with the first message. */
  readonly threadId: string | undefined;
  /** Told when another conversation is to be open: chosen in the list, begun by a message, or deleted. */
  readonly onThreadChange: (threadId: string | undefined) => void;
  /** Told of what was refused. A message that was not taken also stays visible, with its `pending` write. */
  readonly onFailure?: (failure: Failure) => void;
  /** What a message does while an answer is under way in its conversation; by itself it waits its turn. */
  readonly onBusy?: OnBusy;
}

/**
 * The runtime of assistant-ui on the client of the `BitworksProvider` above: its thread list, history, growing
 * messages, send, stop, edit in place, delete and ask again, all live with the user's other devices.
 */
export function useBitworksRuntime(options: BitworksRuntimeOptions): AssistantRuntime {
  const { threadId, onThreadChange, onFailure, onBusy = 'enqueue' } = options;
  const client = useClient();
  const messages = useThread(threadId);
  const isLoading = useIsLoading(threadId);
  const threadList = useThreadList({ threadId, onThreadChange });

  /** Nothing waits for the server: what is offline is shown at once, and sent when the network is back. */
  function report(settled: Promise<Outcome<unknown>>): Promise<void> {
    void settled.then((outcome) => {
      if (!outcome.ok) onFailure?.(outcome.failure);
    });
    return Promise.resolve();
  }

  function begin(): string {
    const { id, settled } = client.createConversation();
    void report(settled);
    onThreadChange(id);
    return id;
  }

  function send(message: AppendMessage): Promise<void> {
    const text = textIn(message);
    const role = message.role;
    return report(
      client.sendMessage(threadId ?? begin(), text, { role, reply: role === 'user', onBusy }).settled,
    );
  }

  function edit(message: AppendMessage): Promise<void> {
    const held = messages.find(({ record }) => record.id === message.sourceId);
    return held ? report(client.editMessage(held.record, textIn(message)).settled) : Promise.resolve();
  }

  function remove(id: string): Promise<void> {
    const held = messages.find(({ record }) => record.id === id);
    return held ? report(client.deleteMessage(held.record).settled) : Promise.resolve();
  }

  async function stop(): Promise<void> {
    await Promise.all(messages.filter(isGrowing).map(({ record }) => report(client.stop(record.id))));
  }

  return useExternalStoreRuntime<MessageView>({
    messages,
    convertMessage: toThreadMessage,
    isLoading,
    isRunning: messages.some(isGrowing),
    onNew: send,
    onEdit: edit,
    onDelete: remove,
    onReload: (questionId) =>
      questionId === null ? Promise.resolve() : report(client.reply(questionId, { onBusy })),
    onCancel: stop,
    adapters: { threadList },
  });
}

function isGrowing({ record }: MessageView): boolean {
  return record.status === 'streaming';
}

function textIn({ content }: AppendMessage): string {
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
