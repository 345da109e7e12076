import type { Message } from '@bitworks/sdk';
import { Button, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useFailureText } from '../i18n/useFailureText';
import { IconAction } from './IconAction';
import { useAskAgain, type AskingAgain } from './useAskAgain';

/** Among what can be done with a message; nothing where nobody answers. */
export function AskAgain({ record }: { record: Message }) {
  const { t } = useTranslation();
  const again = useAskAgain(record);
  if (!again) return null;
  const label = t(record.role === 'user' ? 'message.ask' : 'message.askAgain');
  return (
    <>
      <IconAction label={label} Icon={IconRefresh} aria-disabled={again.isAsking} onClick={again.ask} />
      <Refused again={again} />
    </>
  );
}

/** At the end of an answer that is not all there, where one sees it without looking for it. */
export function AskAgainButton({ record }: { record: Message }) {
  const { t } = useTranslation();
  const again = useAskAgain(record);
  if (!again) return null;
  return (
    <>
      <Button
        size="compact-sm"
        variant="light"
        className="unshrinkable"
        leftSection={<IconRefresh size={15} aria-hidden />}
        aria-disabled={again.isAsking}
        onClick={again.ask}
      >
        {t('message.askAgain')}
      </Button>
      <Refused again={again} />
    </>
  );
}

function Refused({ again: { failure } }: { again: AskingAgain }) {
  const failureText = useFailureText();
  return (
    failure && (
      <Text size="xs" c="red" role="alert">
        {failureText(failure)}
      </Text>
    )
  );
}
