import { useStreamingMessage } from '@bitworks/react';
import type { Message } from '@bitworks/sdk';
import { MarkdownText } from './markdown/MarkdownText';
import { PlainText } from './markdown/PlainText';

/** What a message says. What a tool says is shown as it came; what was written for people to read is laid out. */
export function MessageBody({ record }: { record: Message }) {
  const { content, role, status } = useStreamingMessage(record);
  const isGrowing = status === 'streaming';
  return (
    <div
      className="messageBody"
      data-testid="content"
      data-empty={(!isGrowing && content === '') || undefined}
      data-growing={isGrowing || undefined}
      aria-busy={isGrowing}
    >
      {role === 'tool' ? <PlainText text={content} /> : <MarkdownText text={content} />}
    </div>
  );
}
