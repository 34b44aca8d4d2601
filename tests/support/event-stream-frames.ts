/** Encodes `application/vnd.amazon.eventstream` frames: prelude, headers, payload, and a CRC-32 after each half. */

export const EVENT_STREAM = 'application/vnd.amazon.eventstream';

const POLYNOMIAL = 0xed_b8_83_20;
const PRELUDE_BYTES = 12;
const CRC_BYTES = 4;
/** The header value type of a string. */
const STRING_TYPE = 7;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** One event; the payload is its JSON. */
export function eventFrame(type: string, payload: object): Buffer {
  return frame(
    { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' },
    payload,
  );
}

/** An error in mid-stream, e.g. `throttlingException` or `modelStreamErrorException`: nothing follows it. */
export function exceptionFrame(type: string, message: string, more: object = {}): Buffer {
  const headers = {
    ':exception-type': type,
    ':content-type': 'application/json',
    ':message-type': 'exception',
  };
  return frame(headers, { message, ...more });
}

/** The `p` that hides how long a payload is; here it only differs from frame to frame. */
export function framePadding(at: number): string {
  return ALPHABET.slice(0, ((at * 23) % ALPHABET.length) + 1);
}

function frame(headers: Readonly<Record<string, string>>, payload: object): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => headerBytes(name, value)));
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(PRELUDE_BYTES);
  prelude.writeUInt32BE(PRELUDE_BYTES + head.length + body.length + CRC_BYTES, 0);
  prelude.writeUInt32BE(head.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, head, body]);
  const end = Buffer.alloc(CRC_BYTES);
  end.writeUInt32BE(crc32(message), 0);
  return Buffer.concat([message, end]);
}

function headerBytes(name: string, value: string): Buffer {
  const text = Buffer.from(value);
  const length = Buffer.from([text.length >>> 8, text.length & 0xff]);
  return Buffer.concat([
    Buffer.from([name.length]),
    Buffer.from(name),
    Buffer.from([STRING_TYPE]),
    length,
    text,
  ]);
}

/** CRC-32 of bytes, written apart from the product's own so that one mistake can't hide in both. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xff_ff_ff_ff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return (crc ^ 0xff_ff_ff_ff) >>> 0;
}
