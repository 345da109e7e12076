import { CloseButton, Group, Title } from '@mantine/core';
import { useEffect, useId, useLayoutEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useDrawer } from '../shell/drawer';

interface ContextDockProps {
  /** Whether somebody asked for it now, and so wants to be in it. */
  readonly isAsked: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** The panel beside the thread: one can read, write and pin while it is open. */
export function ContextDock({ isAsked, onClose, children }: ContextDockProps) {
  const { t } = useTranslation();
  const dock = useRef<HTMLElement>(null);
  const title = useId();
  const { giveWay } = useDrawer();
  useLayoutEffect(() => {
    giveWay(true);
    return () => giveWay(false);
  }, [giveWay]);
  useEffect(() => {
    if (isAsked) dock.current?.focus();
  }, [isAsked]);

  // What is open within, a list of models say, closes first.
  function onKeyDown({ key, target }: KeyboardEvent): void {
    const isWithin = (target as Element).getAttribute('data-mantine-stop-propagation') === 'true';
    if (key === 'Escape' && !isWithin) onClose();
  }

  return (
    <section ref={dock} className="contextDock" aria-labelledby={title} tabIndex={-1} onKeyDown={onKeyDown}>
      <Group justify="space-between" className="contextDockHead">
        <Title order={2} size="md" id={title}>
          {t('context.title')}
        </Title>
        <CloseButton onClick={onClose} aria-label={t('common.close')} />
      </Group>
      {children}
    </section>
  );
}
