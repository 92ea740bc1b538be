/**
 * A worker without a pool: it answers each array with its last number.
 *
 * @module
 */

interface WorkerScope {
  onmessage: (event: MessageEvent<Float64Array>) => void;
  postMessage(message: number): void;
}

const scope = globalThis as unknown as WorkerScope;
scope.onmessage = ({ data }) => scope.postMessage(data[data.length - 1]);
