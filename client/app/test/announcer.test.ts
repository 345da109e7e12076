// @vitest-environment happy-dom
import type { Message } from '@bitworks/sdk';
import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { createElement } from 'react';
import { expect, test } from 'vitest';
import { Announcer } from '../src/thread/Announcer';

function announcer(metadata: Message['metadata']) {
  const last = {
    id: 'm',
    role: 'assistant',
    status: 'streaming',
    content: '',
    position: 1,
    metadata,
  } as Message;
  return createElement(MantineProvider, null, createElement(Announcer, { last }));
}

test.each([
  [300, 'ending.tryingIn'],
  [-1, 'ending.trying'],
])('a try that is %i seconds away is announced as %s', (seconds, words) => {
  const nextAt = new Date(Date.now() + seconds * 1000).toISOString();
  const { rerender, unmount } = render(announcer({}));
  rerender(announcer({ reply: { state: 'retrying', attempt: 1, of: 4, next_at: nextAt } }));
  expect(screen.getByRole('status').textContent).toBe(words);
  unmount();
});
