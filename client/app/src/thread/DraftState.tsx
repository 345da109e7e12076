import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useNumbers } from '../i18n/useNumbers';
import { CONTENT_LIMIT, isSendable } from './contentLimit';

/** Says that what is being written would be lost with the page, and why. */
export function DraftState({ text, isKept }: { text: string; isKept: boolean }) {
  const { t } = useTranslation();
  const number = useNumbers();
  return (
    <div role="status">
      {!isKept && (
        <Text className="draftState">
          {isSendable(text) ? t('composer.notKept') : t('composer.tooLong', { most: number(CONTENT_LIMIT) })}
        </Text>
      )}
    </div>
  );
}
