/** A user's text as it may stand in a one-line message: at most `length` characters, control characters as `\u001b`. Without quotes around it. */
export function excerpt(text: string, length = 60): string {
  const short = text.length > length ? `${text.slice(0, length)}…` : text;
  return short.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
