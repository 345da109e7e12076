import { useActions } from '@bitworks/react';
import { ActionIcon } from '@mantine/core';
import { IconPlayerStopFilled } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

interface StopButtonProps {
  readonly messageId: string;
  readonly onStop: () => void;
}

/** Ends the answer that is being written, wherever it was asked for. */
export function StopButton({ messageId, onStop }: StopButtonProps) {
  const { t } = useTranslation();
  const { stop } = useActions();
  const [isStopping, setIsStopping] = useState(false);

  async function press(): Promise<void> {
    setIsStopping(true);
    onStop();
    await stop(messageId);
    setIsStopping(false);
  }

  return (
    <ActionIcon
      size={36}
      radius="xl"
      variant="light"
      disabled={isStopping}
      onClick={() => void press()}
      aria-label={t('composer.stop')}
    >
      <IconPlayerStopFilled size={16} />
    </ActionIcon>
  );
}
