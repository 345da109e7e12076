import { UnstyledButton } from '@mantine/core';
import { IconBulb, IconMap, IconPencil, IconSchool } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';

const SUGGESTIONS = [
  ['explain', IconSchool],
  ['write', IconPencil],
  ['plan', IconMap],
  ['ideas', IconBulb],
] as const;

/** What one might begin with, for who does not know yet what this is good for. */
export function Suggestions({ onChoose }: { onChoose: (content: string) => void }) {
  const { t } = useTranslation();
  return (
    <ul className="suggestions plainList" aria-label={t('welcome.suggestions')}>
      {SUGGESTIONS.map(([name, Icon]) => (
        <li key={name}>
          <UnstyledButton className="suggestion" onClick={() => onChoose(t(`welcome.suggestion.${name}`))}>
            <Icon size={18} aria-hidden className="unshrinkable" />
            {t(`welcome.suggestion.${name}`)}
          </UnstyledButton>
        </li>
      ))}
    </ul>
  );
}
