import { Menu, Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface MenuChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly { readonly value: T; readonly name: string; readonly icon?: ReactNode }[];
  readonly onChoose: (value: T) => void;
}

/** One of a few, chosen within a menu that stays open to show what it does. */
export function MenuChoice<T extends string>({ label, value, choices, onChoose }: MenuChoiceProps<T>) {
  return (
    <div className="menuRow" role="group" aria-label={label}>
      <Text size="sm" aria-hidden>
        {label}
      </Text>
      <div className="menuChoices">
        <Menu.RadioGroup value={value} onChange={(chosen) => onChoose(chosen as T)}>
          {choices.map(({ value: one, name, icon }) => (
            <Menu.RadioItem
              key={one}
              value={one}
              classNames={{ item: 'menuChoice', itemIndicator: 'menuChoiceMark' }}
              title={name}
              aria-label={name}
            >
              {icon ?? name}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </div>
    </div>
  );
}
