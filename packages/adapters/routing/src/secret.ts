const secrets = [
  /^(ip ospf message-digest-key \d+ md5) \S.*$/,
  /^(key-string) \S.*$/,
  /^(neighbor \S+ password) \S.*$/,
  /^(ip ospf authentication-key) \S.*$/,
];

/** A line of FRR's configuration as it may be shown: what follows a word for a key is left out. */
export function withoutSecret(text: string): string {
  for (const pattern of secrets) {
    const match = pattern.exec(text);
    if (match !== null) return `${match[1]} …`;
  }
  return text;
}

/** The same in a message that quotes lines, as vtysh(1) does when it refuses one. */
export function withoutSecrets(message: string, keys: readonly (string | null)[]): string {
  const hidden = keys.reduce<string>((text, key) => (key === null || key === "" ? text : text.replaceAll(key, "…")), message);
  return hidden.replaceAll(/\b(md5|key-string|password|authentication-key) \S+/g, "$1 …");
}
