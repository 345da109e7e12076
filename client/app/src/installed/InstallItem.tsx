import { Menu } from '@mantine/core';
import { IconDeviceMobileDown } from '@tabler/icons-react';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { install, installable, isAddedByHand } from './installing';

/** Offers to install the app, where that can be done and has not been. */
export function InstallItem({ onExplain }: { onExplain: () => void }) {
  const { t } = useTranslation();
  const isInstallable = useSyncExternalStore(installable.subscribe, installable.read);
  if (!isInstallable && !isAddedByHand()) return null;
  return (
    <Menu.Item leftSection={<IconDeviceMobileDown size={16} />} onClick={isInstallable ? install : onExplain}>
      {t('installed.install')}
    </Menu.Item>
  );
}
