/**
 * Values as bytes by the runtime's own serialisation, as structured clone knows them.
 *
 * Not by `serialize()` of `node:v8`: that treats typed arrays in a way of its own, and gives them back as views of a
 * buffer that others share.
 *
 * @module
 */

import v8 from "node:v8";

/** The bytes of a value; throws when it cannot be cloned. */
export function serialise(value: unknown): Uint8Array {
  const serializer = new v8.Serializer();
  serializer.writeHeader();
  serializer.writeValue(value);
  return serializer.releaseBuffer();
}

/** The value of bytes, which it may keep. */
export function deserialise(bytes: Uint8Array): unknown {
  const deserializer = new v8.Deserializer(bytes);
  deserializer.readHeader();
  return deserializer.readValue();
}
