/** Text that fits into a width, by how wide a letter is at the most common; what is cut off is said by the link's label. */
export function clip(text: string, width: number, letterWidth: number): string {
  const most = Math.max(3, Math.floor(width / letterWidth));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
