import type { Client } from '@bitworks/sdk';
import { createContext } from 'react';

export const ClientContext = createContext<Client | undefined>(undefined);
