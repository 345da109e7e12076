import type { Model } from '@bitworks/sdk';
import { createContext, useContext } from 'react';

export const Models = createContext<readonly Model[] | undefined>(undefined);

/** The models that answer here; undefined until it is known, none where nobody answers. */
export function useModels(): readonly Model[] | undefined {
  return useContext(Models);
}
