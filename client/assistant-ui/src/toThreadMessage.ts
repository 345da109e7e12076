import type { ThreadMessageLike } from '@assistant-ui/react';
import type { Message, MessageView } from '@bitworks/sdk';

type Status = NonNullable<ThreadMessageLike['status']>;

/**
 * A message as assistant-ui shows it. `metadata.custom.pending` is the write to it that the server has not confirmed:
 * what a component needs to show it as waiting or failed, and to retry or discard it.
 */
export function toThreadMessage({ record, pending }: MessageView): ThreadMessageLike {
  const { id, content, timestamp } = record;
  const role = record.role === 'tool' ? 'system' : record.role;
  return {
    ...{ id, role, content, createdAt: new Date(timestamp) },
    ...(role === 'assistant' && { status: statusOf(record) }),
    metadata: { isOptimistic: record.revision === 0, custom: { ...record.metadata, pending } },
  };
}

function statusOf({ status, metadata }: Message): Status {
  switch (status) {
    case 'streaming':
      return { type: 'running' };
    case 'complete':
      return completeAs(metadata);
    case 'stopped':
      return { type: 'incomplete', reason: 'cancelled' };
    case 'interrupted':
    case 'failed':
      return { type: 'incomplete', reason: 'error', error: errorOf(metadata) ?? status };
  }
}

/** An answer that the model's limit or a filter cut off is not all there. */
function completeAs({ finish_reason: reason }: Message['metadata']): Status {
  if (reason === 'length') return { type: 'incomplete', reason: 'length' };
  if (reason === 'content_filter') return { type: 'incomplete', reason: 'content-filter' };
  return { type: 'complete', reason: 'stop' };
}

/** The server's own errors have a `detail` for people; programs that write answers may have put a text there. */
function errorOf({ error }: Message['metadata']): string | undefined {
  const said: unknown =
    typeof error === 'object' && error !== null && 'detail' in error ? error.detail : error;
  return typeof said === 'string' ? said : undefined;
}
