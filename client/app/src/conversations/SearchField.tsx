import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useRef, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useDrawer } from '../shell/drawer';
import { useShortcut } from '../shell/shortcuts';
import { enterList } from './focus';

interface SearchFieldProps {
  readonly words: string;
  readonly onChange: (words: string) => void;
}

/** A title is at most so long: more words find nothing. */
const LONGEST = 200;

/** Arrow down goes on to what was found, Escape to everything again. */
export function SearchField({ words, onChange }: SearchFieldProps) {
  const { t } = useTranslation();
  const { show } = useDrawer();
  const field = useRef<HTMLInputElement>(null);

  useShortcut('search', () => {
    show();
    // The list has to be there first.
    setTimeout(() => field.current?.select());
  });

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Escape') onChange('');
    if (event.key !== 'ArrowDown') return;
    event.preventDefault();
    enterList();
  }

  return (
    <TextInput
      ref={field}
      mt="xs"
      size="sm"
      type="search"
      enterKeyHint="search"
      maxLength={LONGEST}
      leftSection={<IconSearch size={16} aria-hidden />}
      placeholder={t('conversations.search')}
      aria-label={t('conversations.search')}
      value={words}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={onKeyDown}
    />
  );
}
