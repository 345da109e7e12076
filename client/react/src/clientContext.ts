import type { Client } from '@bitworks/sdk';
import { createContext } from 'react';

/** The client of the nearest provider; undefined outside of one. */
export const ClientContext = createContext<Client | undefined>(undefined);
