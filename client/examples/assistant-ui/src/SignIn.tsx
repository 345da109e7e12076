import { failureOf } from '@bitworks/sdk';
import { useActionState } from 'react';

interface SignInProps {
  readonly onSubmit: (email: string, password: string) => Promise<void>;
}

export function SignIn({ onSubmit }: SignInProps) {
  const [problem, submit, isBusy] = useActionState(async (_: string, form: FormData) => {
    try {
      await onSubmit(textOf(form, 'email'), textOf(form, 'password'));
      return '';
    } catch (error) {
      return failureOf(error).detail;
    }
  }, '');
  return (
    <form action={submit}>
      <input name="email" type="email" aria-label="Email" required />
      <input name="password" type="password" aria-label="Password" required />
      <button disabled={isBusy}>Sign in</button>
      <p role="alert">{problem}</p>
    </form>
  );
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value : '';
}
