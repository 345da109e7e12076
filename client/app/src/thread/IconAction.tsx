import { ActionIcon, Tooltip, type ActionIconProps } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import { useRef, useState, type ComponentProps, type PointerEvent } from 'react';

interface IconActionProps
  extends ActionIconProps, Pick<ComponentProps<'button'>, 'onClick' | 'aria-pressed' | 'aria-disabled'> {
  readonly label: string;
  readonly Icon: Icon;
}

/** Milliseconds for which it is pointed at before its words are shown. */
const DELAY = 400;

/**
 * What can be done with a message. The tooltip is there only while it is shown: made with each message, they took a
 * quarter of the time in which a message comes into sight.
 */
export function IconAction({ label, Icon, ...rest }: IconActionProps) {
  const [pointedAt, setPointedAt] = useState<HTMLElement>();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  function enter({ currentTarget }: PointerEvent<HTMLElement>): void {
    timer.current = setTimeout(() => setPointedAt(currentTarget), DELAY);
  }

  function leave(): void {
    clearTimeout(timer.current);
    setPointedAt(undefined);
  }

  return (
    <>
      <ActionIcon
        {...rest}
        variant="subtle"
        color="gray"
        size={28}
        aria-label={label}
        onPointerEnter={enter}
        onPointerLeave={leave}
      >
        <Icon size={16} />
      </ActionIcon>
      {pointedAt && <Tooltip opened target={pointedAt} label={label} />}
    </>
  );
}
