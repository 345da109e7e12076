import type { Failure } from '@bitworks/sdk';
import { useTranslation } from 'react-i18next';
import { en } from './en';
import { waitText } from './waits';

type FailureKey = keyof typeof en.failure;

interface Asked {
  /** Whether a password was to be set: one that is refused then can be guessed. */
  readonly setsPassword?: boolean;
}

/** Why something did not work, in the reader's language. */
export function useFailureText({ setsPassword = false }: Asked = {}): (failure: Failure) => string {
  const { t, i18n } = useTranslation();
  return ({ code, detail, retryAfter, errors }) => {
    if (code === 'rate_limited' && retryAfter !== undefined) {
      return t('failure.rate_limited_wait', { wait: waitText(retryAfter, i18n.language) });
    }
    // What it is too short or too long for, the form has said before.
    if (setsPassword && errors?.some(({ field }) => field === 'password' || field === 'new'))
      return t('failure.passwordGuessed');
    return isKnown(code) ? t(`failure.${code}`, { detail }) : t('failure.other', { detail });
  };
}

function isKnown(code: string): code is FailureKey {
  return code in en.failure;
}
