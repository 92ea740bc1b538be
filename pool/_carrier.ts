/**
 * Lets queues, pipes and the reports of workers carry what results do.
 *
 * @module
 */

import { setCarrier } from "../shared/message.ts";
import { cannot } from "./_cloneable.ts";
import { decode, discard, encode, type Wire } from "./_codec.ts";

setCarrier({
  encode: (value, path) => {
    const { wire, release, onlyPosted } = encode(value, path, { functions: false, handOver: true });
    if (!onlyPosted) return wire;
    release();
    throw cannot(path, `or holds an object of class ${onlyPosted}`, "pass it as an argument of a task");
  },
  decode: (wire) => decode(wire as Wire, true),
  discard: (wire) => discard(wire as Wire),
});
