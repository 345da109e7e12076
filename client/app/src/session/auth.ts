import { createAuth } from '@bitworks/sdk';
import { createBrowserTokenStore } from './browserTokenStore';

/** The client is served by the server it talks to. */
export const SERVER_URL = window.location.origin;

export const tokens = createBrowserTokenStore();
export const auth = createAuth({ url: SERVER_URL, tokens });
