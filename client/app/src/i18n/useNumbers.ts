import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';

/** Numbers as the reader's language writes them. */
export function useNumbers(): (number: number) => string {
  const { i18n } = useTranslation();
  const { language } = i18n;
  return useMemo(() => {
    const format = new Intl.NumberFormat(language, { useGrouping: true });
    return (number) => format.format(number);
  }, [language]);
}
