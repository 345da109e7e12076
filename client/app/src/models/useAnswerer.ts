import { createContext, useContext } from 'react';

export const Answerer = createContext(false);

/** Whether the server answers by itself, as far as is known. */
export function useAnswerer(): boolean {
  return useContext(Answerer);
}
