/** First line of every file of ours that a daemon or library reads; `#` begins a comment in all of them. */
export const ourHeader = "# Managed by Rackway. Changes made here are put back; change the cluster document instead.";

/** Whether we wrote it, whatever was changed in it since. */
export function isOurText(bytes: Buffer): boolean {
  return bytes.subarray(0, ourHeader.length).toString("latin1") === ourHeader;
}
