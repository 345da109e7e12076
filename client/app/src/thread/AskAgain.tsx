import { useActions } from '@bitworks/react';
import type { Failure, Message } from '@bitworks/sdk';
import { Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFailureText } from '../i18n/useFailureText';
import { IconAction } from './IconAction';
import { useAnswerer } from '../models/useAnswerer';

/** Asks for another answer to the same question, or for the first one; nothing where nobody answers. */
export function AskAgain({ record }: { record: Message }) {
  const { t } = useTranslation();
  const { reply } = useActions();
  const failureText = useFailureText();
  const answers = useAnswerer();
  const [failure, setFailure] = useState<Failure>();
  const question = questionOf(record);
  if (!answers || question === undefined) return null;
  const label = t(record.role === 'user' ? 'message.ask' : 'message.askAgain');

  async function ask(question: string): Promise<void> {
    const asked = await reply(question, { onBusy: 'enqueue' });
    setFailure(asked.ok ? undefined : asked.failure);
  }

  return (
    <>
      <IconAction label={label} Icon={IconRefresh} onClick={() => void ask(question)} />
      {failure && (
        <Text size="xs" c="red" role="alert">
          {failureText(failure)}
        </Text>
      )}
    </>
  );
}

/** The message that an answer is to; undefined while the answer is still being written. */
function questionOf({ id, role, status, metadata }: Message): string | undefined {
  if (role === 'user') return id;
  const question = metadata['reply_to'];
  return status !== 'streaming' && typeof question === 'string' ? question : undefined;
}
