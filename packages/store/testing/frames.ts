import { encodeFrame, frameBytes } from "../src/journal-frame.ts";
import type { Append } from "../src/log-writer.ts";

/** An entry of the journal in bytes of its own. */
export function frameOf(index: number, append: Append): Buffer {
  const frame = Buffer.alloc(frameBytes(append));
  encodeFrame(frame, index, append);
  return frame;
}
