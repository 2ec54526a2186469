/**
 * Text as it may go to a terminal. Events and problems are what hosts said of themselves, and whoever has a host's token can say anything:
 * a terminal would obey its control sequences (move the cursor, set the title, answer as if typed). Lines, tabs and the colours of `Paint`
 * (ECMA-48 SGR) stay; every other control character, and those that turn the direction of writing, become a mark.
 */
export function terminalText(text: string): string {
  return text.replace(unsafe, (found) => (found.startsWith("\u001b[") ? found : "\u{fffd}"));
}

/** A colour is matched whole, so that its escape character is not found by itself. */
const unsafe = /(?![\n\t])(?:\p{Cc}\[(?:1|2|22|31|32|33|36|39)m|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}])/gu;
