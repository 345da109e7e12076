import i18next, { type i18n } from 'i18next';
import LanguageDetector from 'i18next-browser-languagedetector';
import { initReactI18next } from 'react-i18next';
import { inStorage } from '../storage';
import { en } from './en';
import { es } from './es';
import { languageTag } from './languageTag';

export const LANGUAGES = ['en', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The browser's language unless one was chosen by hand, which is remembered. */
export async function startTranslations(): Promise<void> {
  i18next.on('languageChanged', (language) => (document.documentElement.lang = language));
  await i18next
    .use(LanguageDetector)
    .use(initReactI18next)
    .init({
      resources: { en: { translation: en }, es: { translation: es } },
      supportedLngs: LANGUAGES,
      nonExplicitSupportedLngs: true,
      load: 'languageOnly',
      fallbackLng: 'en',
      interpolation: { escapeValue: false },
      detection: {
        order: ['localStorage', 'navigator'],
        lookupLocalStorage: 'bitworks.language',
        caches: [],
        convertDetectedLanguage: languageTag,
      },
    });
}

export function languageOf({ resolvedLanguage }: i18n): Language {
  return LANGUAGES.find((language) => language === resolvedLanguage) ?? 'en';
}

export function chooseLanguage(language: Language): void {
  inStorage((storage) => storage.setItem('bitworks.language', language), undefined);
  void i18next.changeLanguage(language);
}
