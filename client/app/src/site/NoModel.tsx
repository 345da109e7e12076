import { Anchor, CloseButton, Group, Text } from '@mantine/core';
import { useDisclosure, useLocalStorage } from '@mantine/hooks';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { useSite } from './useSite';

const NoModelHelp = lazy(() => import('./NoModelHelp'));

/** Says that the demonstration answers, until it is put away; what to do about it is for who wants to know. */
export function NoModel() {
  const { t } = useTranslation();
  const { config } = useSite();
  const [isHelping, help] = useDisclosure(false);
  const [isAway, setIsAway] = useLocalStorage({
    key: 'bitworks.noModelAway',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  if (config?.replies !== 'demo' || isAway) return null;
  return (
    <Group className="notice" justify="center" gap="sm" wrap="nowrap" role="status">
      <Text size="sm">
        {t('noModel.notice')}{' '}
        <Anchor component="button" type="button" inherit onClick={help.open}>
          {t('noModel.how')}
        </Anchor>
      </Text>
      <CloseButton size="sm" aria-label={t('noModel.dismiss')} onClick={() => setIsAway(true)} />
      <Suspense>{isHelping && <NoModelHelp onClose={help.close} />}</Suspense>
    </Group>
  );
}
