import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { build, type Plugin, type Rolldown } from 'vite';
import { namedIn, type Build } from '../worker/build.ts';

type Bundle = Rolldown.OutputBundle;

/**
 * Makes `/sw.js`, which knows what this build consists of. `first` are the modules whose chunks are kept from the
 * beginning, besides what the page itself names.
 */
export function serviceWorker(first: readonly string[]): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        const page = bundle['index.html'];
        if (page?.type !== 'asset') throw new Error('There is no page.');
        const made = describe(bundle, page.source.toString(), first);
        page.source = withName(page.source.toString(), made.name);
        this.emitFile({ type: 'asset', fileName: 'sw.js', source: await bundleWorker(made) });
      },
    },
  };
}

function describe(bundle: Bundle, page: string, modules: readonly string[]): Build {
  const named = namedIn(page).map((address) => address.slice(1));
  const first = withImports(bundle, [...named, ...modules.map((module) => chunkOf(bundle, module))]);
  const all = Object.keys(bundle).filter((name) => /^assets\/.*\.(js|css)$/.test(name));
  const later = all.filter((name) => !first.has(name));
  const hash = createHash('sha256')
    .update([page, ...all].join('\n'))
    .digest('hex');
  return { name: hash.slice(0, 16), first: [...first].map(toAddress), later: later.map(toAddress) };
}

/** A chunk does nothing without those that it imports, and shows nothing without its styles. */
function withImports(bundle: Bundle, names: readonly string[], found = new Set<string>()): Set<string> {
  for (const name of names) {
    if (found.has(name)) continue;
    found.add(name);
    const chunk = bundle[name];
    if (chunk?.type !== 'chunk') continue;
    withImports(bundle, [...chunk.imports, ...(chunk.viteMetadata?.importedCss ?? [])], found);
  }
  return found;
}

function chunkOf(bundle: Bundle, module: string): string {
  const chunk = Object.values(bundle).find(
    (one) => one.type === 'chunk' && one.facadeModuleId?.endsWith(module),
  );
  if (!chunk) throw new Error(`${module} is not loaded by itself.`);
  return chunk.fileName;
}

function withName(page: string, name: string): string {
  return page.replace('</head>', `  <meta name="build" content="${name}" />\n  </head>`);
}

/** One file, whose content changes with what it names: that is how a browser sees that there is a new build. */
async function bundleWorker(made: Build): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    define: { BUILD: JSON.stringify(made) },
    build: {
      write: false,
      target: 'es2022',
      rolldownOptions: {
        input: join(import.meta.dirname, '../worker/serviceWorker.ts'),
        output: { format: 'iife' },
      },
    },
  });
  const [output] = [result].flat();
  if (!output || !('output' in output)) throw new Error('The worker was not built.');
  return output.output[0].code;
}

function toAddress(name: string): string {
  return `/${name}`;
}
