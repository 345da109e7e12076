import { createAuth, createBrowserTokenStore } from '@bitworks/sdk';

/** The client is served by the server it talks to. */
export const SERVER_URL = window.location.origin;

export const tokens = createBrowserTokenStore();
export const auth = createAuth({ url: SERVER_URL, tokens });
