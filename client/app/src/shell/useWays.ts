import { useLocation, useRoute } from 'wouter';
import { addressBeside } from '../conversations/focus';
import { useShortcut } from './shortcuts';

/** The ways from one conversation to the next by keyboard. */
export function useWays(): void {
  const [, route] = useRoute('/c/:id');
  const [, navigate] = useLocation();

  function go(steps: 1 | -1): void {
    const address = addressBeside(route?.id, steps);
    if (address !== null) navigate(address);
  }

  useShortcut('next', () => go(1));
  useShortcut('previous', () => go(-1));
}
