import type { Messages } from '@bitworks/react';
import { ActionIcon } from '@mantine/core';
import { IconArrowDown, IconMessageCircle } from '@tabler/icons-react';
import type { KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Virtualizer } from 'virtua';
import { isSameDay } from '../i18n/calendar';
import { EmptyState } from '../shell/EmptyState';
import { UndoBar } from '../shell/UndoBar';
import { Announcer } from './Announcer';
import { DayMark } from './DayMark';
import { MessageRow } from './MessageRow';
import { NewerMessages } from './NewerMessages';
import { OlderMessages } from './OlderMessages';
import { ThreadFailed } from './ThreadFailed';
import { ThreadWaiting } from './ThreadWaiting';
import { useShift } from './useShift';
import { WindowEdge } from './WindowEdge';
import { useStayAtEnd } from './useStayAtEnd';

/** Height of what stands before the first message, in pixels: the list must know it. */
const HEAD = 48;

/** The messages of one conversation. Only those near the screen are in the page, so a long one costs no more. */
export function Thread({ thread }: { thread: Messages }) {
  const { t } = useTranslation();
  const { messages, status, hasOlder, hasNewer, retry } = thread;
  const { viewport, content, isAtEnd, toStart, toEnd } = useStayAtEnd(thread);
  const isShift = useShift(messages);
  const isEmpty = messages.length === 0;

  function onKeyDown(event: KeyboardEvent): void {
    // Within a message the keys have a meaning of their own.
    if (event.target !== event.currentTarget || (event.key !== 'Home' && event.key !== 'End')) return;
    event.preventDefault();
    if (event.key === 'Home') toStart();
    else toEnd();
  }

  return (
    <>
      <div className="threadFrame">
        <section
          ref={viewport}
          className="thread"
          aria-label={t('thread.label')}
          tabIndex={0}
          onKeyDown={onKeyDown}
        >
          <div ref={content} className="threadContent" role="log" aria-live="off">
            <OlderMessages thread={thread} height={HEAD} />
            {status === 'loading' && isEmpty && <ThreadWaiting />}
            {status === 'failed' && !hasOlder && isEmpty && <ThreadFailed onRetry={retry} />}
            {status === 'ready' && isEmpty && (
              <EmptyState
                icon={<IconMessageCircle size={30} />}
                title={t('thread.empty')}
                hint={t('thread.emptyHint')}
              />
            )}
            <Virtualizer
              data={messages}
              scrollRef={viewport}
              startMargin={HEAD}
              shift={isShift}
              bufferSize={600}
            >
              {(view, at) => (
                <div key={view.record.id}>
                  <DayChange before={messages[at - 1]?.record.timestamp} now={view.record.timestamp} />
                  <WindowEdge before={messages[at - 1]?.record.position} now={view.record.position} />
                  <MessageRow view={view} />
                </div>
              )}
            </Virtualizer>
            {hasNewer && <NewerMessages thread={thread} height={HEAD} />}
          </div>
        </section>
        <Announcer last={hasNewer ? undefined : messages.at(-1)?.record} />
        {!isAtEnd && (
          <ActionIcon
            className="toEnd"
            variant="default"
            radius="xl"
            size="lg"
            onClick={toEnd}
            aria-label={t('thread.toEnd')}
          >
            <IconArrowDown size={18} />
          </ActionIcon>
        )}
      </div>
      <UndoBar onUndo={() => viewport.current?.focus({ preventScroll: true })} />
    </>
  );
}

function DayChange({ before, now }: { before: string | undefined; now: string }) {
  return before !== undefined && isSameDay(before, now) ? null : <DayMark time={now} />;
}
