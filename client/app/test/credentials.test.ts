// @vitest-environment happy-dom
import { renderHook } from '@testing-library/react';
import { expect, test } from 'vitest';
import { useFailureText } from '../src/i18n/useFailureText';
import { useCredentialChecks } from '../src/session/useCredentialChecks';

const REFUSED = {
  ...{ code: 'invalid_input', detail: 'password: too long', retryable: false },
  errors: [{ field: 'password', reason: 'too long' }],
} as never;

test('a password is said to be easily guessed only where one is set', () => {
  const textOf = (setsPassword: boolean) => renderHook(() => useFailureText({ setsPassword })).result.current;
  expect(textOf(true)(REFUSED)).toBe('failure.passwordGuessed');
  expect(textOf(false)(REFUSED)).toBe('failure.invalid_input');
});

test('a password is as long as the server has it, with its accents composed', () => {
  const { newPassword } = renderHook(() => useCredentialChecks()).result.current;
  expect(newPassword('éééé'.normalize('NFD'))).toBe('failure.passwordShort');
  expect(newPassword('é'.repeat(36).normalize('NFD'))).toBeNull();
  expect(newPassword('é'.repeat(37))).toBe('failure.passwordLong');
});
