import { useActions } from '@bitworks/react';
import { Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { titleFrom } from '../conversations/titleFrom';
import { TopBar } from '../shell/TopBar';
import { UndoBar } from '../shell/UndoBar';
import { usePageTitle } from '../site/usePageTitle';
import { Composer } from './Composer';
import { useAnswerer } from '../models/useAnswerer';
import { useAsk } from './useAsk';

/** Where a conversation begins: it exists once something has been written. */
export function WelcomePage() {
  const { t } = useTranslation();
  const { createConversation } = useActions();
  const ask = useAsk();
  const answers = useAnswerer();
  const [, navigate] = useLocation();
  usePageTitle();

  /** A title that is given counts as chosen, so it is left to whoever answers. Where nobody does, it has one offline too. */
  function begin(content: string): void {
    const { id } = createConversation(answers ? undefined : titleFrom(content));
    ask(id, content);
    navigate(`/c/${id}`);
  }

  return (
    <>
      <TopBar />
      <div className="welcome">
        <Title order={1} className="welcomeTitle">
          {t('welcome.title')}
        </Title>
        <Text c="dimmed" ta="center" mb="xl">
          {t('welcome.subtitle')}
        </Text>
        <Composer draftOf="new" onSend={begin} />
        <UndoBar />
      </div>
    </>
  );
}
