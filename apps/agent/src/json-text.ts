/** What a text says that should be JSON; null where it is none: for whoever holds it to a schema that null does not meet. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
