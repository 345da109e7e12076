import { useActions } from '@bitworks/react';
import type { Failure, Message } from '@bitworks/sdk';
import { Text } from '@mantine/core';
import { IconPin, IconPinnedOff } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { pinnedOf, savePin } from '../context/pins';
import { useConversationWindow } from '../context/WindowProvider';
import { useFailureText } from '../i18n/useFailureText';
import { IconAction } from './IconAction';

/** Keeps a message in the window however long the conversation grows, or lets it go again. */
export function PinAction({ record }: { record: Message }) {
  const { t } = useTranslation();
  const actions = useActions();
  const failureText = useFailureText();
  const { conversationId, context, isContextKnown } = useConversationWindow();
  const [failure, setFailure] = useState<Failure>();
  const isPinned = pinnedOf(context).includes(record.id);
  const label = t(isPinned ? 'message.unpin' : 'message.pin');

  async function toggle(): Promise<void> {
    setFailure(await savePin(actions, [conversationId, context, record.id, !isPinned]));
  }

  return (
    <>
      <IconAction
        label={label}
        Icon={isPinned ? IconPinnedOff : IconPin}
        aria-pressed={isPinned}
        aria-disabled={!isContextKnown}
        onClick={() => {
          if (isContextKnown) void toggle();
        }}
      />
      {failure && (
        <Text span size="xs" c="red" role="alert">
          {failureText(failure)}
        </Text>
      )}
    </>
  );
}
