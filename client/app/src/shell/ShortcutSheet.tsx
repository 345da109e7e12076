import { Kbd, Modal, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isAppleDevice, keyCaps } from './keyCaps';
import { SHORTCUTS, type Shortcut } from './shortcuts';

/** Where the focus has to be for the others. */
const ELSEWHERE = {
  list: { move: '↑ ↓', open: 'Enter', rename: 'F2', remove: 'Delete' },
  composer: { send: 'Enter', line: 'shift+Enter', stop: 'Escape' },
} as const;
const EVERYWHERE = Object.keys(SHORTCUTS) as Shortcut[];

/** Everything that the keyboard does. */
export default function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('shortcuts.title')}
      centered
      radius="lg"
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Group title={t('shortcuts.everywhere')}>
        {EVERYWHERE.map((name) => (
          <Line key={name} keys={SHORTCUTS[name]} what={t(`shortcuts.${name}`)} />
        ))}
      </Group>
      <Group title={t('shortcuts.inList')}>
        {(['move', 'open', 'rename', 'remove'] as const).map((name) => (
          <Line key={name} keys={ELSEWHERE.list[name]} what={t(`shortcuts.list.${name}`)} />
        ))}
      </Group>
      <Group title={t('shortcuts.inComposer')}>
        {(['send', 'line', 'stop'] as const).map((name) => (
          <Line key={name} keys={ELSEWHERE.composer[name]} what={t(`shortcuts.composer.${name}`)} />
        ))}
      </Group>
    </Modal>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="shortcuts">
      <Text component="h3" size="sm" c="dimmed" fw={500}>
        {title}
      </Text>
      <dl>{children}</dl>
    </section>
  );
}

function Line({ keys, what }: { keys: string; what: string }) {
  return (
    <div className="shortcut">
      <dt>{what}</dt>
      <dd>
        {keyCaps(keys, isAppleDevice()).map((cap) => (
          <Kbd key={cap}>{cap}</Kbd>
        ))}
      </dd>
    </div>
  );
}
