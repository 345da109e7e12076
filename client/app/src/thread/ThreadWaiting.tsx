import { Skeleton, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export function ThreadWaiting() {
  const { t } = useTranslation();
  return (
    <Stack gap="xl" pt="xl" role="status" aria-label={t('common.loading')}>
      <Skeleton h={44} w="55%" radius="lg" ml="auto" />
      <Skeleton h={72} w="80%" radius="lg" />
      <Skeleton h={44} w="40%" radius="lg" ml="auto" />
    </Stack>
  );
}
