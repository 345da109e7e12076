// Empties a folder that is about to be built: what was renamed since would be packed with the rest.
import { rm } from 'node:fs/promises';

await rm(process.argv[2], { recursive: true, force: true });
