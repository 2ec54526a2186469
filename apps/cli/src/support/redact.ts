const cut = "[secret]";

/** What people call secrets. A number or a word of yes and no behind it is a setting: Corosync's `token: 1000` is a time. */
const secretWord =
  "[\\w-]*(?:password|passwd|passphrase|secret|credentials?|community|(?:^|(?<![A-Za-z]))token|(?:api|access|private|auth|encryption|message-digest)[-_ ]?key)";
const setting = "(?!(?:\\\\?[\"'])?(?:\\d+|true|false|yes|no|null)(?=$|[\\s\"'\\\\,;)}\\]]))";
const assigned = new RegExp(`(${secretWord}(?:\\\\?["'])?\\s*[:=]\\s*)${setting}(?:(\\\\?["'])(?:(?!\\2).)+|[^\\s"'\\\\,;)]+)`, "gi");

const patterns: readonly (readonly [RegExp, string])[] = [
  [/rackway-[a-z]+-[A-Za-z0-9_-]{20,}/g, cut],
  // In JSON its lines end with \n in two letters. One that has been cut off has no end.
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^"]{0,16384}?-----END [A-Z ]*PRIVATE KEY-----|[\sA-Za-z0-9+/=\\]*)/g, cut],
  [/\b(Bearer|Basic) +[A-Za-z0-9+/=._~-]{8,}/g, `$1 ${cut}`],
  [/(\/\/[^\s/:@"']+:)[^\s/@"']+@/g, `$1${cut}@`],
  [assigned, `$1$2${cut}`],
  // FRR's own commands, should one be quoted somewhere.
  [/\b(message-digest-key \d+ md5|authentication-key|key-string|neighbor \S+ password) +[^\s"\\]+/g, `$1 ${cut}`],
];

/**
 * A text without secrets. Nothing that goes into a bundle is meant to hold any; this is for what people and programs write where it does not
 * belong: a token in a comment, a key in the words of a command that failed. `known`: secrets that are at hand here, cut out wherever they are.
 */
export function redact(text: string, known: readonly string[] = []): string {
  // The longest first: one may be part of another. As they are, and as JSON writes them.
  const forms = new Set(known.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]));
  const longestFirst = [...forms].toSorted((left, right) => right.length - left.length);
  const anyKnown = new RegExp(longestFirst.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"), "g");
  let clean = forms.size === 0 ? text : text.replace(anyKnown, cut);
  for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement);
  return clean;
}
