/** Keeps the beginning and the end of bytes that are too many to be kept whole. */
import { ByteBuffer } from '@/lib/std/bytes';

export class BodyEnds {
  private readonly first = new ByteBuffer();
  private last = new ByteBuffer();

  constructor(
    private readonly headBytes: number,
    private readonly tailBytes: number,
  ) {}

  push(chunk: Uint8Array): void {
    const room = this.headBytes - this.first.length;
    if (room > 0) this.first.append(chunk.subarray(0, room));
    this.last.append(chunk.subarray(Math.max(0, chunk.length - this.tailBytes)));
    // Cut only now and then: a feed of small pieces must not copy the tail for each of them.
    if (this.last.length > 2 * this.tailBytes) this.last = this.shortened();
  }

  head(): Uint8Array {
    return this.first.view();
  }

  tail(): Uint8Array {
    return this.last.view().subarray(Math.max(0, this.last.length - this.tailBytes));
  }

  private shortened(): ByteBuffer {
    const kept = new ByteBuffer();
    kept.append(this.tail());
    return kept;
  }
}
