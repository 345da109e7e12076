import { useActions } from '@bitworks/react';
import { Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { titleFrom } from '../conversations/titleFrom';
import { ModelPicker } from '../models/ModelPicker';
import { useAnswerer } from '../models/useAnswerer';
import { useModels } from '../models/useModels';
import { TopBar } from '../shell/TopBar';
import { UndoBar } from '../shell/UndoBar';
import { usePageTitle } from '../site/usePageTitle';
import { RecentConversations } from '../conversations/RecentConversations';
import { Composer } from './Composer';
import { Suggestions } from './Suggestions';
import { useAsk } from './useAsk';

/** Where a conversation begins: it exists once something has been written. The composer stands where it will stand then. */
export function WelcomePage() {
  const { t } = useTranslation();
  const { createConversation, saveContext } = useActions();
  const ask = useAsk();
  const answers = useAnswerer();
  const models = useModels();
  const [model, setModel] = useState('');
  const [, navigate] = useLocation();
  usePageTitle();

  /** A title that is given counts as chosen, so it is left to whoever answers. Where nobody does, it has one offline too. */
  function begin(content: string): void {
    const { id } = createConversation(answers ? undefined : titleFrom(content));
    const isOffered = models?.some(({ id }) => id === model);
    if (isOffered) saveContext({ conversation_id: id, parameters: { model } });
    ask(id, content);
    navigate(`/c/${id}`);
  }

  return (
    <>
      <TopBar>
        <ModelPicker value={model} onChange={setModel} />
      </TopBar>
      <div className="welcome">
        <div className="welcomeWords">
          <Title order={1} className="welcomeTitle">
            {t('welcome.title')}
          </Title>
          <Text c="dimmed" ta="center">
            {t('welcome.subtitle')}
          </Text>
          {answers && <Suggestions onChoose={begin} />}
          <RecentConversations />
        </div>
      </div>
      <UndoBar />
      <div className="composerDock">
        <Composer draftOf="new" onSend={begin} />
      </div>
    </>
  );
}
