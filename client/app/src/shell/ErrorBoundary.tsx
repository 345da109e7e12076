import { Button } from '@mantine/core';
import { IconMoodSad } from '@tabler/icons-react';
import { Component, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from './EmptyState';

/** What stands instead of a page that could not be drawn: everything written is kept, and reading it anew may help. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    return this.state.hasFailed ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { t } = useTranslation();
  return (
    <div role="alert" className="broken">
      <EmptyState isPage icon={<IconMoodSad size={30} />} title={t('broken.title')} hint={t('broken.hint')}>
        <Button mt="md" variant="light" onClick={() => location.reload()}>
          {t('broken.reload')}
        </Button>
      </EmptyState>
    </div>
  );
}
