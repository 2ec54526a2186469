/** What fence agents call their secrets (fence-agents' own options, and those of the commonest clouds). `…_script` and `…_file` name a place, not a secret. */
const secretName =
  /(passw(or)?d|passphrase|secret|token|community|credentials?|(^|_)kg|(api|access|secret|private|auth|encryption)_?key)$/i;

/** True for an option that carries a secret by value: it belongs into no document, configuration, message or log. */
export function isSecretOption(name: string): boolean {
  return secretName.test(name.replaceAll("-", "_"));
}
