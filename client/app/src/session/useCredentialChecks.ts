import { useTranslation } from 'react-i18next';

type Check = (value: string) => string | null;

/** What can be said about an email and a password without asking the server. */
export function useCredentialChecks(): { email: Check; newPassword: Check; present: Check } {
  const { t } = useTranslation();
  return {
    email: (value) => (/^\S+@\S+$/.test(value.trim()) ? null : t('failure.email')),
    newPassword(value) {
      const composed = value.normalize('NFC'); // as the server has it
      if (Array.from(composed).length < 8) return t('failure.passwordShort');
      return new TextEncoder().encode(composed).length > 72 ? t('failure.passwordLong') : null;
    },
    present: (value) => (value === '' ? t('failure.required') : null),
  };
}
