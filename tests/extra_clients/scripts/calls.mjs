// One call of one client: its arguments come as JSON on stdin, what the client received is printed as JSON.
import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";

/** Return the SHA-256 of base64, or of what a data: URL contains. */
export function digest(base64) {
  const data = Buffer.from(base64.replace(/^data:[^,]*,/, ""), "base64");
  return createHash("sha256").update(data).digest("hex");
}

/** Return what an error class of a client says. */
export function described(fault) {
  const { status, statusCode, code, param, message } = fault;
  return { class: fault.constructor.name, status: status ?? statusCode, code, param, message };
}

/** Run the call that stdin names. */
export async function main(calls) {
  const { call, ...asked } = JSON.parse(await text(process.stdin));
  let received;
  try {
    received = await calls[call](asked);
  } catch (fault) {
    received = { error: described(fault.lastError ?? fault), raised: fault.constructor.name };
  }
  process.stdout.write(JSON.stringify(received));
}
