export { toThreadMessage } from './toThreadMessage.js';
export { useBitworksRuntime, type BitworksRuntimeOptions } from './useBitworksRuntime.js';
