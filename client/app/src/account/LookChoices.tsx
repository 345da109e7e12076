import { useMantineColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { chooseLanguage, LANGUAGES, languageOf } from '../i18n/setup';
import { SCHEMES } from '../shell/ThemeSwitch';
import { MenuChoice } from './MenuChoice';

export function ThemeChoice() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const choices = SCHEMES.map(({ value, Icon }) => ({
    value,
    name: t(`theme.${value}`),
    icon: <Icon size={16} aria-hidden />,
  }));
  return (
    <MenuChoice label={t('theme.label')} value={colorScheme} choices={choices} onChoose={setColorScheme} />
  );
}

export function LanguageChoice() {
  const { t, i18n } = useTranslation();
  const choices = LANGUAGES.map((value) => ({ value, name: t(`language.${value}`) }));
  return (
    <MenuChoice
      label={t('language.label')}
      value={languageOf(i18n)}
      choices={choices}
      onChoose={chooseLanguage}
    />
  );
}
