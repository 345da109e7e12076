import { Loader, Portal, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** While the server is told of a sign-out, which takes a while where it does not answer. */
export function Leaving() {
  const { t } = useTranslation();
  return (
    <Portal>
      <div className="leaving" role="status">
        <Loader aria-hidden />
        <Text>{t('account.leaving')}</Text>
      </div>
    </Portal>
  );
}
